/*
 * Downloads two pages at once in an asynchronous session, and cancels a third one that never comes. Each call is made
 * in the callback, when the one before has completed; the thread of main waits.
 *
 * usage: async HOST PORT
 *
 * It prints:
 *
 *     /: status 200, 84 bytes
 *     <!doctype html>
 *     <title>openwinhttp</title>
 *     <p>This page came to a program in C.</p>
 *     /fields: status 200, 6 bytes
 *     hello
 *     /never: error 12017 of call 5
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

#ifdef _WIN32
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
#define acquire() AcquireSRWLockExclusive(&lock)
#define release() ReleaseSRWLockExclusive(&lock)
#define wait_for_change() SleepConditionVariableSRW(&changed, &lock, INFINITE, 0)
#define tell_change() WakeConditionVariable(&changed)
#else
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
#define acquire() pthread_mutex_lock(&lock)
#define release() pthread_mutex_unlock(&lock)
#define wait_for_change() pthread_cond_wait(&changed, &lock)
#define tell_change() pthread_cond_signal(&changed)
#endif

/* How a download ended. */
typedef struct RESULT {
    DWORD dwStatus, dwError;
    DWORD_PTR dwCall;
    char *body;
    size_t size;
} RESULT;

/* A download that is under way: what the context value of its request points to. */
typedef struct DOWNLOAD {
    size_t index;
    HINTERNET hRequest; /* NULL when it was closed */
    RESULT result;
} DOWNLOAD;

static const WCHAR *const paths[] = {L"/", L"/fields", L"/never"};
#define PATHS (sizeof(paths) / sizeof(paths[0]))

/* The lock is for these, and for the handles in the downloads. */
static DOWNLOAD *downloads[PATHS];
static RESULT results[PATHS];
static size_t running = 0;

/*
 * Closes the request, unless that was done already. A notice may come meanwhile on this very thread, so not under the
 * lock.
 */
static void close_request(DOWNLOAD *download)
{
    HINTERNET hRequest;

    acquire();
    hRequest = download->hRequest;
    download->hRequest = NULL;
    release();
    if (hRequest != NULL)
        WinHttpCloseHandle(hRequest);
}

/* A call that fails at once has no completion. */
static void go_on(DOWNLOAD *download, BOOL fSuccess)
{
    if (fSuccess)
        return;
    download->result.dwError = GetLastError();
    close_request(download);
}

static BOOL query_status(HINTERNET hRequest, DWORD *pdwStatus)
{
    DWORD dwSize = sizeof(*pdwStatus);

    return WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                               WINHTTP_HEADER_NAME_BY_INDEX, pdwStatus, &dwSize, WINHTTP_NO_HEADER_INDEX);
}

/* Reads to the end of the body; the buffer must stay until READ_COMPLETE or REQUEST_ERROR. */
static BOOL read_data(HINTERNET hRequest, RESULT *result, DWORD dwAvailable)
{
    char *body = realloc(result->body, result->size + dwAvailable);

    if (body == NULL)
        fail("realloc");
    result->body = body;
    return WinHttpReadData(hRequest, body + result->size, dwAvailable, NULL);
}

/* Nothing comes after HANDLE_CLOSING, so the context can go. */
static void finish(DOWNLOAD *download)
{
    acquire();
    results[download->index] = download->result;
    downloads[download->index] = NULL;
    running--;
    tell_change();
    release();
    free(download);
}

static void CALLBACK on_notice(HINTERNET hInternet, DWORD_PTR dwContext, DWORD dwStatus, LPVOID lpvInformation,
                               DWORD dwLength)
{
    DOWNLOAD *download = (DOWNLOAD *)dwContext;
    DWORD dwAvailable;

    /* The connection has no context. */
    if (download == NULL)
        return;
    switch (dwStatus) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        go_on(download, WinHttpReceiveResponse(hInternet, NULL));
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        go_on(download, query_status(hInternet, &download->result.dwStatus) &&
                            WinHttpQueryDataAvailable(hInternet, NULL));
        break;
    case WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE:
        dwAvailable = *(DWORD *)lpvInformation;
        if (dwAvailable > 0)
            go_on(download, read_data(hInternet, &download->result, dwAvailable));
        else
            close_request(download);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        download->result.size += dwLength;
        go_on(download, WinHttpQueryDataAvailable(hInternet, NULL));
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        download->result.dwError = ((WINHTTP_ASYNC_RESULT *)lpvInformation)->dwError;
        download->result.dwCall = ((WINHTTP_ASYNC_RESULT *)lpvInformation)->dwResult;
        close_request(download);
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        finish(download);
        break;
    }
}

static void start(HINTERNET hConnect, size_t index)
{
    DOWNLOAD *download = calloc(1, sizeof(*download));
    HINTERNET hRequest;

    if (download == NULL)
        fail("calloc");
    hRequest = WinHttpOpenRequest(hConnect, NULL, paths[index], NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES,
                                  0);
    if (hRequest == NULL)
        fail("WinHttpOpenRequest");
    /* Set before the send, so that a send that fails at once is told by HANDLE_CLOSING too. */
    if (!WinHttpSetOption(hRequest, WINHTTP_OPTION_CONTEXT_VALUE, &download, sizeof(download)))
        fail("WinHttpSetOption");
    acquire();
    download->index = index;
    download->hRequest = hRequest;
    downloads[index] = download;
    running++;
    release();
    /* From here on the callback has the download. */
    if (!WinHttpSendRequest(hRequest, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 0))
        go_on(download, FALSE);
}

/* Waits until no more than so many downloads are under way. */
static void wait_until_running(size_t count)
{
    acquire();
    while (running > count)
        wait_for_change();
    release();
}

/* Ends a download, if it is under way. */
static void cancel(size_t index)
{
    HINTERNET hRequest = NULL;

    acquire();
    if (downloads[index] != NULL) {
        hRequest = downloads[index]->hRequest;
        downloads[index]->hRequest = NULL;
    }
    release();
    if (hRequest != NULL)
        WinHttpCloseHandle(hRequest);
}

static void print_result(size_t index)
{
    const RESULT *result = &results[index];

    print_wide(paths[index]);
    if (result->dwError != 0) {
        printf(": error %u of call %u\n", (unsigned)result->dwError, (unsigned)result->dwCall);
    } else {
        printf(": status %u, %u bytes\n", (unsigned)result->dwStatus, (unsigned)result->size);
        if (result->size > 0)
            fwrite(result->body, 1, result->size, stdout);
    }
    free(result->body);
}

int main(int argc, char **argv)
{
    HINTERNET hSession, hConnect;
    WCHAR host[256];

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    hSession = WinHttpOpen(L"async/1.0", WINHTTP_ACCESS_TYPE_NO_PROXY, WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS,
                           WINHTTP_FLAG_ASYNC);
    if (hSession == NULL)
        fail("WinHttpOpen");
    if (WinHttpSetStatusCallback(hSession, on_notice,
                                 WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES,
                                 0) == WINHTTP_INVALID_STATUS_CALLBACK)
        fail("WinHttpSetStatusCallback");
    hConnect = WinHttpConnect(hSession, host, (INTERNET_PORT)atoi(argv[2]), 0);
    if (hConnect == NULL)
        fail("WinHttpConnect");

    for (size_t index = 0; index < PATHS; index++)
        start(hConnect, index);
    wait_until_running(1);
    cancel(PATHS - 1);
    wait_until_running(0);
    for (size_t index = 0; index < PATHS; index++)
        print_result(index);

    WinHttpCloseHandle(hConnect);
    WinHttpCloseHandle(hSession);
    return 0;
}
