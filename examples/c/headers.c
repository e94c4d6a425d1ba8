/*
 * Queries the headers of an answer in all the forms there are: as text after a query for its size, as a number, as a
 * date, by name, and one by one where a header comes more than once.
 *
 * usage: headers HOST PORT
 *
 * It prints:
 *
 *     status 200, OK
 *     the first query fails with error 122 and asks for 376 bytes
 *     the second query gives 374 bytes:
 *     | HTTP/1.1 200 OK
 *     | Content-Type: text/plain; charset=utf-8
 *     | Last-Modified: Mon, 28 Jul 2008 10:05:52 GMT
 *     | Set-Cookie: first=1
 *     | Set-Cookie: second=2
 *     | X-Greeting: hello
 *     | Content-Length: 6
 *     6 bytes are to come
 *     last modified on day 1 of the week, 2008-07-28 10:05:52
 *     X-Greeting: hello
 *     Set-Cookie 0: first=1
 *     Set-Cookie 1: second=2
 *     Set-Cookie 2: error 12150
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

/* A header as text, for the caller to free; NULL if it is not there. A query for its size comes first. */
static WCHAR *query_text(HINTERNET hRequest, DWORD dwLevel, LPCWSTR pwszName, DWORD *pdwIndex)
{
    DWORD dwSize = 0;
    WCHAR *text;

    if (WinHttpQueryHeaders(hRequest, dwLevel, pwszName, WINHTTP_NO_OUTPUT_BUFFER, &dwSize, pdwIndex) ||
        GetLastError() != ERROR_INSUFFICIENT_BUFFER)
        return NULL;
    text = malloc(dwSize);
    if (text == NULL || !WinHttpQueryHeaders(hRequest, dwLevel, pwszName, text, &dwSize, pdwIndex))
        fail("WinHttpQueryHeaders");
    return text;
}

static void print_status(HINTERNET hRequest)
{
    DWORD dwStatus = 0, dwSize = sizeof(dwStatus);
    WCHAR *text = query_text(hRequest, WINHTTP_QUERY_STATUS_TEXT, WINHTTP_HEADER_NAME_BY_INDEX, NULL);

    if (text == NULL || !WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                                             WINHTTP_HEADER_NAME_BY_INDEX, &dwStatus, &dwSize, NULL))
        fail("WinHttpQueryHeaders");
    printf("status %u, ", (unsigned)dwStatus);
    print_wide(text);
    printf("\n");
    free(text);
}

/* The lines between CR LFs, without the empty one at the end. */
static void print_lines(const WCHAR *text, size_t length)
{
    for (size_t start = 0, at = 0; at < length; at++) {
        if (text[at] != '\n')
            continue;
        if (at - start > 1) {
            printf("| ");
            print_part(text + start, at - start - 1);
            printf("\n");
        }
        start = at + 1;
    }
}

static void print_all(HINTERNET hRequest)
{
    DWORD dwSize = 0;
    WCHAR *text;

    WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX,
                        WINHTTP_NO_OUTPUT_BUFFER, &dwSize, WINHTTP_NO_HEADER_INDEX);
    printf("the first query fails with error %u and asks for %u bytes\n", (unsigned)GetLastError(), (unsigned)dwSize);
    text = malloc(dwSize);
    if (text == NULL || !WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX,
                                             text, &dwSize, WINHTTP_NO_HEADER_INDEX))
        fail("WinHttpQueryHeaders");
    printf("the second query gives %u bytes:\n", (unsigned)dwSize);
    print_lines(text, dwSize / sizeof(WCHAR));
    free(text);
}

static void print_number(HINTERNET hRequest)
{
    DWORD dwLength = 0, dwSize = sizeof(dwLength);

    if (!WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_CONTENT_LENGTH | WINHTTP_QUERY_FLAG_NUMBER,
                             WINHTTP_HEADER_NAME_BY_INDEX, &dwLength, &dwSize, WINHTTP_NO_HEADER_INDEX))
        fail("WinHttpQueryHeaders");
    printf("%u bytes are to come\n", (unsigned)dwLength);
}

static void print_date(HINTERNET hRequest)
{
    SYSTEMTIME time;
    DWORD dwSize = sizeof(time);

    if (!WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_LAST_MODIFIED | WINHTTP_QUERY_FLAG_SYSTEMTIME,
                             WINHTTP_HEADER_NAME_BY_INDEX, &time, &dwSize, WINHTTP_NO_HEADER_INDEX))
        fail("WinHttpQueryHeaders");
    printf("last modified on day %d of the week, %d-%02d-%02d %02d:%02d:%02d\n", time.wDayOfWeek, time.wYear,
           time.wMonth, time.wDay, time.wHour, time.wMinute, time.wSecond);
}

static void print_by_name(HINTERNET hRequest)
{
    WCHAR *text = query_text(hRequest, WINHTTP_QUERY_CUSTOM, L"x-greeting", WINHTTP_NO_HEADER_INDEX);

    if (text == NULL)
        fail("WinHttpQueryHeaders");
    printf("X-Greeting: ");
    print_wide(text);
    printf("\n");
    free(text);
}

/* Each query that succeeds moves the index on to the next header of the same name. */
static void print_each(HINTERNET hRequest)
{
    DWORD dwIndex = 0;

    for (;;) {
        WCHAR *text;

        printf("Set-Cookie %u: ", (unsigned)dwIndex);
        text = query_text(hRequest, WINHTTP_QUERY_SET_COOKIE, WINHTTP_HEADER_NAME_BY_INDEX, &dwIndex);
        if (text == NULL)
            break;
        print_wide(text);
        printf("\n");
        free(text);
    }
    printf("error %u\n", (unsigned)GetLastError());
}

int main(int argc, char **argv)
{
    HINTERNET hSession, hConnect, hRequest;
    WCHAR host[256];

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    hSession = WinHttpOpen(L"headers/1.0", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_NO_PROXY_NAME,
                           WINHTTP_NO_PROXY_BYPASS, 0);
    if (hSession == NULL)
        fail("WinHttpOpen");
    hConnect = WinHttpConnect(hSession, host, (INTERNET_PORT)atoi(argv[2]), 0);
    if (hConnect == NULL)
        fail("WinHttpConnect");
    hRequest = WinHttpOpenRequest(hConnect, NULL, L"/fields", NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES,
                                  0);
    if (hRequest == NULL)
        fail("WinHttpOpenRequest");
    if (!WinHttpSendRequest(hRequest, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 0))
        fail("WinHttpSendRequest");
    if (!WinHttpReceiveResponse(hRequest, NULL))
        fail("WinHttpReceiveResponse");

    print_status(hRequest);
    print_all(hRequest);
    print_number(hRequest);
    print_date(hRequest);
    print_by_name(hRequest);
    print_each(hRequest);

    WinHttpCloseHandle(hRequest);
    WinHttpCloseHandle(hConnect);
    WinHttpCloseHandle(hSession);
    return 0;
}
