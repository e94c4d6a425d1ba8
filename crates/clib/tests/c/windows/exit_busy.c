/*
 * Ends while another thread waits for an answer that does not come.
 *
 * usage: exit_busy HOST PORT
 *
 * It prints:
 *
 *     the other thread waits for an answer
 *     the program ends
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

static HANDLE waits;

static void CALLBACK on_notice(HINTERNET hInternet, DWORD_PTR dwContext, DWORD dwStatus, LPVOID lpvInformation,
                               DWORD dwLength)
{
    (void)hInternet;
    (void)dwContext;
    (void)dwStatus;
    (void)lpvInformation;
    (void)dwLength;
    SetEvent(waits);
}

static DWORD WINAPI receive(LPVOID hRequest)
{
    BOOL fReceived = WinHttpReceiveResponse(hRequest, NULL);

    printf("there is an answer after all: %d, error %u\n", fReceived, (unsigned)GetLastError());
    return 0;
}

/* A request for a page that the server never answers, on its way. */
static HINTERNET send_request(const WCHAR *host, INTERNET_PORT port)
{
    HINTERNET hSession = WinHttpOpen(L"exit_busy/1.0", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET hConnect = WinHttpConnect(hSession, host, port, 0);
    HINTERNET hRequest = WinHttpOpenRequest(hConnect, NULL, L"/never", NULL, NULL, NULL, 0);

    WinHttpSetStatusCallback(hRequest, on_notice, WINHTTP_CALLBACK_FLAG_RECEIVE_RESPONSE, 0);
    if (!WinHttpSendRequest(hRequest, NULL, 0, NULL, 0, 0, 1))
        fail("WinHttpSendRequest");
    return hRequest;
}

int main(int argc, char **argv)
{
    WCHAR host[256];

    if (argc != 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));
    waits = CreateEventA(NULL, FALSE, FALSE, NULL);

    if (CreateThread(NULL, 0, receive, send_request(host, (INTERNET_PORT)atoi(argv[2])), 0, NULL) == NULL)
        fail("CreateThread");
    if (WaitForSingleObject(waits, 10000) != WAIT_OBJECT_0)
        fail("WaitForSingleObject");
    /* The notice comes just before the wait. */
    Sleep(200);
    printf("the other thread waits for an answer\n");
    printf("the program ends\n");
    return 0;
}
