/*
 * Makes calls fail, and prints the code and the text of each failure. The texts of WinHTTP's own codes are in the message
 * table of the library, so FormatMessage is told to look there first.
 *
 * usage: errors HOST PORT
 *
 * For a port where nobody listens it prints:
 *
 *     a handle that is none: 6: The handle is NULL, closed, orphaned or was never issued.
 *     a session for a connection: 12018: The handle is of the wrong kind for this call.
 *     an answer before the question: 12019: This call is not possible in the present state of the handle.
 *     a server that is not there: 12029: No connection to the server could be made.
 *     a code without a text: 4294967295: error 317
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

#include <string.h>

static void print_error(const char *what, DWORD dwError)
{
    char *text = NULL;
    DWORD dwLength = FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_HMODULE |
                                        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                                    GetModuleHandleA("winhttp.dll"), dwError, 0, (LPSTR)&text, 0, NULL);

    printf("%s: %u: ", what, (unsigned)dwError);
    if (dwLength == 0) {
        printf("error %u\n", (unsigned)GetLastError());
        return;
    }
    /* Each text is ended by CR LF. */
    printf("%.*s\n", (int)strcspn(text, "\r\n"), text);
    LocalFree(text);
}

static void must_fail(BOOL fSuccess, const char *what)
{
    if (fSuccess)
        printf("%s: success\n", what);
    else
        print_error(what, GetLastError());
}

int main(int argc, char **argv)
{
    HINTERNET hSession, hConnect, hRequest;
    WCHAR host[256];

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    hSession = WinHttpOpen(L"errors/1.0", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_NO_PROXY_NAME,
                           WINHTTP_NO_PROXY_BYPASS, 0);
    if (hSession == NULL)
        fail("WinHttpOpen");
    hConnect = WinHttpConnect(hSession, host, (INTERNET_PORT)atoi(argv[2]), 0);
    if (hConnect == NULL)
        fail("WinHttpConnect");
    hRequest = WinHttpOpenRequest(hConnect, NULL, NULL, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, 0);
    if (hRequest == NULL)
        fail("WinHttpOpenRequest");

    must_fail(WinHttpCloseHandle((HINTERNET)(DWORD_PTR)12345), "a handle that is none");
    must_fail(WinHttpOpenRequest(hSession, NULL, NULL, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, 0) !=
                  NULL,
              "a session for a connection");
    must_fail(WinHttpReceiveResponse(hRequest, NULL), "an answer before the question");
    must_fail(WinHttpSendRequest(hRequest, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 0),
              "a server that is not there");
    print_error("a code without a text", (DWORD)-1);

    WinHttpCloseHandle(hRequest);
    WinHttpCloseHandle(hConnect);
    WinHttpCloseHandle(hSession);
    return 0;
}
