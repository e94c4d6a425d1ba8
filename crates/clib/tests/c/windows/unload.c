/*
 * Loads the library, uses it, unloads it, and loads it again. Where a thread of the library runs, its code has to stay.
 *
 * usage: unload HOST PORT
 *
 * It prints:
 *
 *     loaded twenty times without a request, and then: gone
 *     status 200
 *     unloaded after a request, and then: still there
 *     a while later: still there
 *     status 200
 *     unloaded once more, and then: still there
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

/* The functions of the library that this program calls. */
static struct {
    HMODULE module;
    HINTERNET(WINAPI *open)(LPCWSTR, DWORD, LPCWSTR, LPCWSTR, DWORD);
    HINTERNET(WINAPI *connect)(HINTERNET, LPCWSTR, INTERNET_PORT, DWORD);
    HINTERNET(WINAPI *open_request)(HINTERNET, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR *, DWORD);
    BOOL(WINAPI *send_request)(HINTERNET, LPCWSTR, DWORD, LPVOID, DWORD, DWORD, DWORD_PTR);
    BOOL(WINAPI *receive_response)(HINTERNET, LPVOID);
    BOOL(WINAPI *query_headers)(HINTERNET, DWORD, LPCWSTR, LPVOID, LPDWORD, LPDWORD);
    BOOL(WINAPI *read_data)(HINTERNET, LPVOID, DWORD, LPDWORD);
    BOOL(WINAPI *close_handle)(HINTERNET);
} winhttp;

static void find(void *place, const char *name)
{
    FARPROC function = GetProcAddress(winhttp.module, name);

    if (function == NULL)
        fail(name);
    *(FARPROC *)place = function;
}

static void load(void)
{
    winhttp.module = LoadLibraryA("winhttp.dll");
    if (winhttp.module == NULL)
        fail("LoadLibrary");
    find(&winhttp.open, "WinHttpOpen");
    find(&winhttp.connect, "WinHttpConnect");
    find(&winhttp.open_request, "WinHttpOpenRequest");
    find(&winhttp.send_request, "WinHttpSendRequest");
    find(&winhttp.receive_response, "WinHttpReceiveResponse");
    find(&winhttp.query_headers, "WinHttpQueryHeaders");
    find(&winhttp.read_data, "WinHttpReadData");
    find(&winhttp.close_handle, "WinHttpCloseHandle");
}

static void unload(void)
{
    if (!FreeLibrary(winhttp.module))
        fail("FreeLibrary");
}

static const char *presence(void)
{
    return GetModuleHandleA("winhttp.dll") == NULL ? "gone" : "still there";
}

static HINTERNET open_session(void)
{
    HINTERNET hSession = winhttp.open(L"unload/1.0", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);

    if (hSession == NULL)
        fail("WinHttpOpen");
    return hSession;
}

/* Reads the whole answer, so that the connection is kept, and watched by a thread. */
static void read_all(HINTERNET hRequest)
{
    char buffer[256];
    DWORD dwRead = 0;

    do {
        if (!winhttp.read_data(hRequest, buffer, sizeof(buffer), &dwRead))
            fail("WinHttpReadData");
    } while (dwRead > 0);
}

static void print_status(HINTERNET hRequest)
{
    DWORD dwStatus = 0, dwSize = sizeof(dwStatus);

    if (!winhttp.query_headers(hRequest, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL, &dwStatus,
                               &dwSize, NULL))
        fail("WinHttpQueryHeaders");
    printf("status %u\n", (unsigned)dwStatus);
}

static void request(const WCHAR *host, INTERNET_PORT port)
{
    HINTERNET hSession = open_session();
    HINTERNET hConnect = winhttp.connect(hSession, host, port, 0);
    HINTERNET hRequest = winhttp.open_request(hConnect, NULL, NULL, NULL, NULL, NULL, 0);

    if (!winhttp.send_request(hRequest, NULL, 0, NULL, 0, 0, 0) || !winhttp.receive_response(hRequest, NULL))
        fail("WinHttpReceiveResponse");
    print_status(hRequest);
    read_all(hRequest);
    if (!winhttp.close_handle(hRequest) || !winhttp.close_handle(hConnect) || !winhttp.close_handle(hSession))
        fail("WinHttpCloseHandle");
}

int main(int argc, char **argv)
{
    WCHAR host[256];
    INTERNET_PORT port;

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));
    port = (INTERNET_PORT)atoi(argv[2]);

    for (int at = 0; at < 20; at++) {
        load();
        winhttp.close_handle(open_session());
        unload();
    }
    printf("loaded twenty times without a request, and then: %s\n", presence());
    load();
    request(host, port);
    unload();
    printf("unloaded after a request, and then: %s\n", presence());
    /* The threads of the library go on meanwhile. */
    Sleep(1000);
    printf("a while later: %s\n", presence());
    load();
    request(host, port);
    unload();
    printf("unloaded once more, and then: %s\n", presence());
    return 0;
}
