/*
 * Posts data to a server: its length goes along with WinHttpSendRequest, the data itself with WinHttpWriteData.
 *
 * usage: post HOST PORT
 *
 * The server answers with what it got. So this is printed:
 *
 *     wrote 13 bytes
 *     wrote 14 bytes
 *     status 201
 *     first=hello&
 *     second=world&
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

#include <string.h>

static void write_all(HINTERNET hRequest, const char *data)
{
    DWORD dwWritten = 0;

    if (!WinHttpWriteData(hRequest, data, (DWORD)strlen(data), &dwWritten))
        fail("WinHttpWriteData");
    printf("wrote %u bytes\n", (unsigned)dwWritten);
}

static void print_status(HINTERNET hRequest)
{
    DWORD dwStatus = 0, dwSize = sizeof(dwStatus);

    if (!WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                             WINHTTP_HEADER_NAME_BY_INDEX, &dwStatus, &dwSize, WINHTTP_NO_HEADER_INDEX))
        fail("WinHttpQueryHeaders");
    printf("status %u\n", (unsigned)dwStatus);
}

static void print_body(HINTERNET hRequest)
{
    char buffer[8];
    DWORD dwRead = 0;

    do {
        if (!WinHttpReadData(hRequest, buffer, sizeof(buffer), &dwRead))
            fail("WinHttpReadData");
        fwrite(buffer, 1, dwRead, stdout);
    } while (dwRead > 0);
}

int main(int argc, char **argv)
{
    static const char *const parts[] = {"first=hello&\n", "second=world&\n"};
    HINTERNET hSession, hConnect, hRequest;
    WCHAR host[256];

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    hSession = WinHttpOpen(L"post/1.0", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_NO_PROXY_NAME,
                           WINHTTP_NO_PROXY_BYPASS, 0);
    if (hSession == NULL)
        fail("WinHttpOpen");
    hConnect = WinHttpConnect(hSession, host, (INTERNET_PORT)atoi(argv[2]), 0);
    if (hConnect == NULL)
        fail("WinHttpConnect");
    hRequest = WinHttpOpenRequest(hConnect, L"POST", L"/echo", NULL, WINHTTP_NO_REFERER,
                                  WINHTTP_DEFAULT_ACCEPT_TYPES, 0);
    if (hRequest == NULL)
        fail("WinHttpOpenRequest");

    /* A length of -1 says that the header ends with its NUL. */
    if (!WinHttpSendRequest(hRequest, L"Content-Type: application/x-www-form-urlencoded", (DWORD)-1,
                            WINHTTP_NO_REQUEST_DATA, 0, (DWORD)(strlen(parts[0]) + strlen(parts[1])), 0))
        fail("WinHttpSendRequest");
    write_all(hRequest, parts[0]);
    write_all(hRequest, parts[1]);
    if (!WinHttpReceiveResponse(hRequest, NULL))
        fail("WinHttpReceiveResponse");
    print_status(hRequest);
    print_body(hRequest);

    WinHttpCloseHandle(hRequest);
    WinHttpCloseHandle(hConnect);
    WinHttpCloseHandle(hSession);
    return 0;
}
