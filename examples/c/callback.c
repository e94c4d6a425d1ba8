/*
 * Prints each notice of a synchronous session. They come on the calling thread, while a call is under way.
 *
 * usage: callback HOST PORT
 *
 * For the host 127.0.0.1 it prints:
 *
 *     WinHttpConnect
 *       handle created, context 0
 *     WinHttpOpenRequest
 *       handle created, context 0
 *     WinHttpSendRequest
 *       resolving name: 127.0.0.1, context 42
 *       name resolved: 127.0.0.1, context 42
 *       connecting to server: 127.0.0.1, context 42
 *       connected to server: 127.0.0.1, context 42
 *       sending request, context 42
 *       request sent, context 42
 *     WinHttpReceiveResponse
 *       receiving response, context 42
 *       response received, context 42
 *     WinHttpCloseHandle
 *       handle closing, context 42
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

/* What each notice is called, and whether text comes with it. */
static const struct {
    DWORD dwStatus;
    const char *name;
    BOOL fHasText;
} notices[] = {
    {WINHTTP_CALLBACK_STATUS_RESOLVING_NAME, "resolving name", TRUE},
    {WINHTTP_CALLBACK_STATUS_NAME_RESOLVED, "name resolved", TRUE},
    {WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER, "connecting to server", TRUE},
    {WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER, "connected to server", TRUE},
    {WINHTTP_CALLBACK_STATUS_SENDING_REQUEST, "sending request", FALSE},
    {WINHTTP_CALLBACK_STATUS_REQUEST_SENT, "request sent", FALSE},
    {WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE, "receiving response", FALSE},
    {WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED, "response received", FALSE},
    {WINHTTP_CALLBACK_STATUS_HANDLE_CREATED, "handle created", FALSE},
    {WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING, "handle closing", FALSE},
};

static void CALLBACK on_notice(HINTERNET hInternet, DWORD_PTR dwContext, DWORD dwStatus, LPVOID lpvInformation,
                               DWORD dwLength)
{
    size_t at = 0;

    (void)hInternet;
    (void)dwLength;
    while (at < sizeof(notices) / sizeof(notices[0]) && notices[at].dwStatus != dwStatus)
        at++;
    if (at == sizeof(notices) / sizeof(notices[0])) {
        printf("  another notice: 0x%x\n", (unsigned)dwStatus);
        return;
    }
    printf("  %s", notices[at].name);
    if (notices[at].fHasText && lpvInformation != NULL) {
        printf(": ");
        print_wide(lpvInformation);
    }
    printf(", context %u\n", (unsigned)dwContext);
}

int main(int argc, char **argv)
{
    HINTERNET hSession, hConnect, hRequest;
    WCHAR host[256];

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));

    hSession = WinHttpOpen(L"callback/1.0", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_NO_PROXY_NAME,
                           WINHTTP_NO_PROXY_BYPASS, 0);
    if (hSession == NULL)
        fail("WinHttpOpen");
    /* The handles that are made from this one inherit the callback. */
    if (WinHttpSetStatusCallback(hSession, on_notice, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) ==
        WINHTTP_INVALID_STATUS_CALLBACK)
        fail("WinHttpSetStatusCallback");

    printf("WinHttpConnect\n");
    hConnect = WinHttpConnect(hSession, host, (INTERNET_PORT)atoi(argv[2]), 0);
    if (hConnect == NULL)
        fail("WinHttpConnect");
    printf("WinHttpOpenRequest\n");
    hRequest = WinHttpOpenRequest(hConnect, NULL, NULL, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, 0);
    if (hRequest == NULL)
        fail("WinHttpOpenRequest");
    /* The last argument is what the notices of this request have as their context. */
    printf("WinHttpSendRequest\n");
    if (!WinHttpSendRequest(hRequest, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 42))
        fail("WinHttpSendRequest");
    printf("WinHttpReceiveResponse\n");
    if (!WinHttpReceiveResponse(hRequest, NULL))
        fail("WinHttpReceiveResponse");

    /* Only a handle with a context tells that it is closing. */
    printf("WinHttpCloseHandle\n");
    WinHttpCloseHandle(hRequest);
    WinHttpCloseHandle(hConnect);
    WinHttpCloseHandle(hSession);
    return 0;
}
