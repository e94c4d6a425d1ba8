/*
 * Sends to a server that hangs up meanwhile. The signal for that, SIGPIPE, would end the program.
 *
 * usage: broken_pipe HOW PORT
 *
 * HOW is http, https, or socket for a program that sends for itself, without this library.
 */
#include <winhttp.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char block[64 * 1024];

/* Far more than the buffers of two sockets hold. */
#define BLOCKS 2048

static int by_library(INTERNET_PORT port, DWORD flags)
{
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET connect = WinHttpConnect(session, WINHTTP_TEXT("127.0.0.1"), port, 0);
    HINTERNET request = WinHttpOpenRequest(connect, WINHTTP_TEXT("POST"), NULL, NULL, NULL, NULL, flags);

    if (!WinHttpSendRequest(request, NULL, 0, NULL, 0, BLOCKS * (DWORD)sizeof(block), 0))
        return 1;
    for (int at = 0; at < BLOCKS; at++) {
        if (!WinHttpWriteData(request, block, (DWORD)sizeof(block), NULL)) {
            printf("error %u\n", (unsigned)GetLastError());
            WinHttpCloseHandle(session);
            return 0;
        }
    }
    return 1;
}

static int by_socket(INTERNET_PORT port)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 134217728\r\n\r\n";
    struct sockaddr_in address = {0};
    int peer = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(peer, (struct sockaddr *)&address, sizeof(address)) != 0 || write(peer, head, sizeof(head) - 1) < 0)
        return 1;
    while (write(peer, block, sizeof(block)) > 0)
        usleep(1000);
    return 1;
}

int main(int argc, char **argv)
{
    INTERNET_PORT port;

    if (argc != 3)
        return 2;
    port = (INTERNET_PORT)atoi(argv[2]);
    signal(SIGPIPE, SIG_DFL);
    if (argv[1][0] == 's')
        return by_socket(port);
    return by_library(port, argv[1][4] == 's' ? WINHTTP_FLAG_SECURE : 0);
}
