/*
 * What a program calls along with WinHTTP is the system's: the last error, memory, texts of errors.
 *
 * usage: system HOST PORT
 *
 * For a port where nobody listens it prints:
 *
 *     winhttp.dll has none of the system's functions
 *     the last error of a call: 6
 *     the last error of another thread: 12006
 *     the last error here, after that: 6
 *     the last error that the program has set: 4711
 *     the last error of a request: 12029
 *     the text is in the library: No connection to the server could be made.
 *     it was in memory of the system: yes
 *     the text in UTF-16: No connection to the server could be made.
 *     too small a buffer: error 122
 *     the system has no such text: error 317
 *     nine more texts were looked up
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

#include <string.h>

static const char *const system_functions[] = {
    "GetLastError", "SetLastError",   "GlobalAlloc",      "GlobalFree",       "LocalAlloc",
    "LocalFree",    "FormatMessageA", "FormatMessageW",   "GetModuleHandleA", "GetModuleHandleW",
    "malloc",       "free",           "CertFreeCertificateContext",
};

static HMODULE library(void)
{
    return GetModuleHandleA("winhttp.dll");
}

static void look_for_system_functions(void)
{
    for (size_t at = 0; at < sizeof(system_functions) / sizeof(system_functions[0]); at++) {
        if (GetProcAddress(library(), system_functions[at]) != NULL)
            printf("winhttp.dll has %s\n", system_functions[at]);
    }
    printf("winhttp.dll has none of the system's functions\n");
}

static DWORD WINAPI fail_elsewhere(LPVOID parameter)
{
    URL_COMPONENTS parts;

    (void)parameter;
    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    WinHttpCrackUrl(L"ftp://127.0.0.1/", 0, 0, &parts);
    return GetLastError();
}

/* The exit code of a thread in which another call fails. */
static DWORD error_elsewhere(void)
{
    HANDLE thread = CreateThread(NULL, 0, fail_elsewhere, NULL, 0, NULL);
    DWORD error = 0;

    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &error);
    CloseHandle(thread);
    return error;
}

static void print_last_errors(void)
{
    DWORD here, elsewhere;

    WinHttpCloseHandle((HINTERNET)(DWORD_PTR)12345);
    here = GetLastError();
    printf("the last error of a call: %u\n", (unsigned)here);
    WinHttpCloseHandle((HINTERNET)(DWORD_PTR)12345);
    elsewhere = error_elsewhere();
    here = GetLastError();
    printf("the last error of another thread: %u\n", (unsigned)elsewhere);
    printf("the last error here, after that: %u\n", (unsigned)here);
    SetLastError(4711);
    here = GetLastError();
    printf("the last error that the program has set: %u\n", (unsigned)here);
}

/* The error of a request that finds nobody. */
static DWORD error_of_request(const WCHAR *host, INTERNET_PORT port)
{
    HINTERNET hSession = WinHttpOpen(L"system/1.0", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET hConnect = WinHttpConnect(hSession, host, port, 0);
    HINTERNET hRequest = WinHttpOpenRequest(hConnect, NULL, NULL, NULL, NULL, NULL, 0);
    BOOL fSent = WinHttpSendRequest(hRequest, NULL, 0, NULL, 0, 0, 0);
    DWORD error = fSent ? 0 : GetLastError();

    WinHttpCloseHandle(hRequest);
    WinHttpCloseHandle(hConnect);
    WinHttpCloseHandle(hSession);
    return error;
}

/* Only the library is asked, not the system. */
static void print_allocated_text(DWORD error)
{
    char *text = NULL;

    if (FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_IGNORE_INSERTS,
                       library(), error, 0, (LPSTR)&text, 0, NULL) == 0)
        fail("FormatMessage");
    printf("the text is in the library: %.*s\n", (int)strcspn(text, "\r\n"), text);
    printf("it was in memory of the system: %s\n", LocalSize(text) > strlen(text) && !LocalFree(text) ? "yes" : "no");
}

static DWORD format(DWORD source, DWORD error, WCHAR *text, DWORD size)
{
    return FormatMessageW(source | FORMAT_MESSAGE_IGNORE_INSERTS, library(), error, 0, text, size, NULL);
}

static void print_texts(DWORD error)
{
    WCHAR text[256];
    DWORD length = format(FORMAT_MESSAGE_FROM_HMODULE, error, text, 256);

    printf("the text in UTF-16: ");
    print_part(text, length > 2 ? length - 2 : 0);
    printf("\n");
    if (format(FORMAT_MESSAGE_FROM_HMODULE, error, text, 4) == 0)
        printf("too small a buffer: error %u\n", (unsigned)GetLastError());
    if (format(FORMAT_MESSAGE_FROM_SYSTEM, error, text, 256) == 0)
        printf("the system has no such text: error %u\n", (unsigned)GetLastError());
}

/* Codes from all over the table. */
static void print_codes(void)
{
    static const DWORD codes[] = {
        ERROR_WINHTTP_TIMEOUT,          ERROR_WINHTTP_INTERNAL_ERROR,      ERROR_WINHTTP_INVALID_URL,
        ERROR_WINHTTP_NAME_NOT_RESOLVED, ERROR_WINHTTP_OPERATION_CANCELLED, ERROR_WINHTTP_CONNECTION_ERROR,
        ERROR_WINHTTP_HEADER_NOT_FOUND, ERROR_WINHTTP_REDIRECT_FAILED,     ERROR_WINHTTP_SECURE_FAILURE,
    };
    WCHAR text[256];

    for (size_t at = 0; at < sizeof(codes) / sizeof(codes[0]); at++) {
        if (format(FORMAT_MESSAGE_FROM_HMODULE, codes[at], text, 256) == 0)
            printf("no text for %u\n", (unsigned)codes[at]);
    }
    printf("nine more texts were looked up\n");
}

int main(int argc, char **argv)
{
    WCHAR host[256];
    DWORD error;

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    look_for_system_functions();
    print_last_errors();
    error = error_of_request(host, (INTERNET_PORT)atoi(argv[2]));
    printf("the last error of a request: %u\n", (unsigned)error);
    print_allocated_text(error);
    print_texts(error);
    print_codes();
    return 0;
}
