/*
 * Closes the parents first. Their children cannot be used any more then, but they still have to be closed, and that works.
 *
 * usage: close_order HOST PORT
 *
 * It prints:
 *
 *     the session is closed
 *     WinHttpOpenRequest on its connection: error 6
 *     WinHttpSendRequest on its request: error 6
 *     the request is closed
 *     the connection is closed
 *     WinHttpCloseHandle once more: error 6
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

static void must_close(HINTERNET hInternet, const char *name)
{
    if (!WinHttpCloseHandle(hInternet))
        fail("WinHttpCloseHandle");
    printf("the %s is closed\n", name);
}

static void must_fail(BOOL fSuccess, const char *what)
{
    if (fSuccess)
        printf("%s: success\n", what);
    else
        printf("%s: error %u\n", what, (unsigned)GetLastError());
}

int main(int argc, char **argv)
{
    HINTERNET hSession, hConnect, hRequest;
    WCHAR host[256];

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    hSession = WinHttpOpen(L"close_order/1.0", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_NO_PROXY_NAME,
                           WINHTTP_NO_PROXY_BYPASS, 0);
    if (hSession == NULL)
        fail("WinHttpOpen");
    hConnect = WinHttpConnect(hSession, host, (INTERNET_PORT)atoi(argv[2]), 0);
    if (hConnect == NULL)
        fail("WinHttpConnect");
    hRequest = WinHttpOpenRequest(hConnect, NULL, NULL, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, 0);
    if (hRequest == NULL)
        fail("WinHttpOpenRequest");
    /* The request is in the midst of an exchange, so there is a connection to give up. */
    if (!WinHttpSendRequest(hRequest, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 0) ||
        !WinHttpReceiveResponse(hRequest, NULL))
        fail("WinHttpReceiveResponse");

    must_close(hSession, "session");
    must_fail(WinHttpOpenRequest(hConnect, NULL, NULL, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, 0) !=
                  NULL,
              "WinHttpOpenRequest on its connection");
    must_fail(WinHttpSendRequest(hRequest, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 0),
              "WinHttpSendRequest on its request");
    must_close(hRequest, "request");
    must_close(hConnect, "connection");
    must_fail(WinHttpCloseHandle(hRequest), "WinHttpCloseHandle once more");
    return 0;
}
