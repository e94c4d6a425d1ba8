/*
 * Puts a URL together and takes it apart in the three ways there are: pointers into the URL, buffers of the program, and
 * only the parts that are asked for.
 *
 * usage: crack HOST PORT
 *
 * For the host 127.0.0.1 and a port that stands here as PORT it prints:
 *
 *     the first call fails with error 122 and asks for room
 *     http://me:secret@127.0.0.1:PORT/a%20page?x=1
 *     pointers: http, 127.0.0.1, PORT, me, secret, /a%20page, ?x=1
 *     buffers: http, 127.0.0.1, PORT, me, secret, /a page, ?x=1
 *     asked for: 127.0.0.1, PORT, /a%20page?x=1
 *     ftp://127.0.0.1/: error 12006
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

/* The URL of a page on the server, for the caller to free. A call for its length comes first. */
static WCHAR *create_url(WCHAR *host, INTERNET_PORT port)
{
    static WCHAR user[] = L"me", password[] = L"secret", path[] = L"/a page", query[] = L"?x=1";
    URL_COMPONENTS parts;
    DWORD dwLength = 0;
    WCHAR *url;

    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    parts.nScheme = INTERNET_SCHEME_HTTP;
    /* A length of 0 says that the text ends with its NUL. */
    parts.lpszHostName = host;
    parts.nPort = port;
    parts.lpszUserName = user;
    parts.lpszPassword = password;
    parts.lpszUrlPath = path;
    parts.lpszExtraInfo = query;

    if (!WinHttpCreateUrl(&parts, ICU_ESCAPE, NULL, &dwLength) && dwLength > 0)
        printf("the first call fails with error %u and asks for room\n", (unsigned)GetLastError());
    url = malloc(dwLength * sizeof(WCHAR));
    if (url == NULL || !WinHttpCreateUrl(&parts, ICU_ESCAPE, url, &dwLength))
        fail("WinHttpCreateUrl");
    print_part(url, dwLength);
    printf("\n");
    return url;
}

static void print_parts(const char *how, const URL_COMPONENTS *parts)
{
    printf("%s: ", how);
    print_part(parts->lpszScheme, parts->dwSchemeLength);
    printf(", ");
    print_part(parts->lpszHostName, parts->dwHostNameLength);
    printf(", %d, ", parts->nPort);
    print_part(parts->lpszUserName, parts->dwUserNameLength);
    printf(", ");
    print_part(parts->lpszPassword, parts->dwPasswordLength);
    printf(", ");
    print_part(parts->lpszUrlPath, parts->dwUrlPathLength);
    printf(", ");
    print_part(parts->lpszExtraInfo, parts->dwExtraInfoLength);
    printf("\n");
}

/* No pointer, but a length: the result points into the URL. */
static void crack_to_pointers(const WCHAR *url)
{
    URL_COMPONENTS parts;

    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    parts.dwSchemeLength = (DWORD)-1;
    parts.dwHostNameLength = (DWORD)-1;
    parts.dwUserNameLength = (DWORD)-1;
    parts.dwPasswordLength = (DWORD)-1;
    parts.dwUrlPathLength = (DWORD)-1;
    parts.dwExtraInfoLength = (DWORD)-1;
    if (!WinHttpCrackUrl(url, 0, 0, &parts))
        fail("WinHttpCrackUrl");
    print_parts("pointers", &parts);
}

/* A pointer and a length: the result is copied there. Only so it can be decoded. */
static void crack_to_buffers(const WCHAR *url)
{
    WCHAR scheme[16], host[256], user[64], password[64], path[256], extra[256];
    URL_COMPONENTS parts;

    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    parts.lpszScheme = scheme;
    parts.dwSchemeLength = 16;
    parts.lpszHostName = host;
    parts.dwHostNameLength = 256;
    parts.lpszUserName = user;
    parts.dwUserNameLength = 64;
    parts.lpszPassword = password;
    parts.dwPasswordLength = 64;
    parts.lpszUrlPath = path;
    parts.dwUrlPathLength = 256;
    parts.lpszExtraInfo = extra;
    parts.dwExtraInfoLength = 256;
    if (!WinHttpCrackUrl(url, 0, ICU_DECODE, &parts))
        fail("WinHttpCrackUrl");
    print_parts("buffers", &parts);
}

/* Neither: the part is left out. What follows the path stays with the path when it is not asked for. */
static void crack_what_is_asked_for(const WCHAR *url)
{
    URL_COMPONENTS parts;

    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    parts.dwHostNameLength = (DWORD)-1;
    parts.dwUrlPathLength = (DWORD)-1;
    if (!WinHttpCrackUrl(url, 0, 0, &parts))
        fail("WinHttpCrackUrl");
    printf("asked for: ");
    print_part(parts.lpszHostName, parts.dwHostNameLength);
    printf(", %d, ", parts.nPort);
    print_part(parts.lpszUrlPath, parts.dwUrlPathLength);
    printf("\n");
}

static void crack_another_scheme(void)
{
    URL_COMPONENTS parts;

    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    if (!WinHttpCrackUrl(L"ftp://127.0.0.1/", 0, 0, &parts))
        printf("ftp://127.0.0.1/: error %u\n", (unsigned)GetLastError());
}

int main(int argc, char **argv)
{
    WCHAR host[256];
    WCHAR *url;

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    url = create_url(host, (INTERNET_PORT)atoi(argv[2]));
    crack_to_pointers(url);
    crack_to_buffers(url);
    crack_what_is_asked_for(url);
    crack_another_scheme();
    free(url);
    return 0;
}
