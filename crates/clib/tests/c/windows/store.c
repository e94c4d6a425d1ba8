/*
 * Trusts the authority of a server because it is in the user's store of the system, and only then.
 *
 * usage: store HOST PORT
 *
 * The environment variable SSL_CERT_FILE names the certificate of the authority. It prints:
 *
 *     before it is in the store: error 12175
 *     while it is in the store: status 200
 *     after it was taken out: error 12175
 */
#include <windows.h>

#include <wincrypt.h>
#include <winhttp.h>

#include "text.h"

#include <process.h>
#include <string.h>

static char text[16384];

/* For the processes that this one starts. The C library and the system keep the environment apart. */
static void unset(const char *name)
{
    _putenv_s(name, "");
    SetEnvironmentVariableA(name, NULL);
}

/* Reads the certificate, and takes the variables away that would stand in for the store. */
static void read_certificate(void)
{
    const char *path = getenv("SSL_CERT_FILE");
    FILE *file = path == NULL ? NULL : fopen(path, "rb");

    if (file == NULL || fread(text, 1, sizeof(text) - 1, file) == 0)
        fail("fopen");
    fclose(file);
    unset("SSL_CERT_FILE");
    unset("SSL_CERT_DIR");
}

/* Puts the certificate into the roots of the user; others see it when these are closed. Wine asks nobody; Windows would
 * ask. */
static PCCERT_CONTEXT put_in(void)
{
    static BYTE bytes[16384];
    DWORD length = sizeof(bytes);
    HCERTSTORE roots = CertOpenSystemStoreA(0, "ROOT");
    PCCERT_CONTEXT certificate;

    if (!CryptStringToBinaryA(text, 0, CRYPT_STRING_BASE64HEADER, bytes, &length, NULL, NULL))
        fail("CryptStringToBinary");
    certificate = CertCreateCertificateContext(X509_ASN_ENCODING, bytes, length);
    if (certificate == NULL || !CertAddCertificateContextToStore(roots, certificate, CERT_STORE_ADD_NEW, NULL))
        fail("CertAddCertificateContextToStore");
    CertCloseStore(roots, 0);
    return certificate;
}

/* By the registry: Wine's CertDeleteCertificateFromStore leaves it there for other processes. */
static void take_out(PCCERT_CONTEXT certificate)
{
    char key[128] = "Software\\Microsoft\\SystemCertificates\\ROOT\\Certificates\\";
    BYTE hash[20];
    DWORD length = sizeof(hash);

    if (!CertGetCertificateContextProperty(certificate, CERT_HASH_PROP_ID, hash, &length))
        fail("CertGetCertificateContextProperty");
    for (DWORD at = 0; at < length; at++)
        sprintf(key + strlen(key), "%02X", hash[at]);
    if (RegDeleteKeyA(HKEY_CURRENT_USER, key) != ERROR_SUCCESS)
        fail("RegDeleteKey");
    CertFreeCertificateContext(certificate);
}

/* Each process reads the store once. */
static void fetch_in_a_process(const char *when, char **argv)
{
    printf("%s: ", when);
    fflush(stdout);
    if (_spawnl(_P_WAIT, argv[0], "store", argv[1], argv[2], "fetch", NULL) != 0)
        fail("_spawnl");
}

static void print_status(HINTERNET hRequest)
{
    DWORD dwStatus = 0, dwSize = sizeof(dwStatus);

    if (!WinHttpQueryHeaders(hRequest, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL, &dwStatus, &dwSize,
                             NULL))
        fail("WinHttpQueryHeaders");
    printf("status %u\n", (unsigned)dwStatus);
}

static void fetch(const WCHAR *host, INTERNET_PORT port)
{
    HINTERNET hSession = WinHttpOpen(L"store/1.0", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET hConnect = WinHttpConnect(hSession, host, port, 0);
    HINTERNET hRequest = WinHttpOpenRequest(hConnect, NULL, NULL, NULL, NULL, NULL, WINHTTP_FLAG_SECURE);

    if (WinHttpSendRequest(hRequest, NULL, 0, NULL, 0, 0, 0) && WinHttpReceiveResponse(hRequest, NULL))
        print_status(hRequest);
    else
        printf("error %u\n", (unsigned)GetLastError());
    WinHttpCloseHandle(hSession);
}

static void fetch_three_times(char **argv)
{
    PCCERT_CONTEXT certificate;

    read_certificate();
    fetch_in_a_process("before it is in the store", argv);
    certificate = put_in();
    fetch_in_a_process("while it is in the store", argv);
    take_out(certificate);
    fetch_in_a_process("after it was taken out", argv);
}

int main(int argc, char **argv)
{
    WCHAR host[256];

    if (argc < 3)
        return 2;
    widen(argv[1], host, sizeof(host) / sizeof(host[0]));
    if (argc == 4)
        fetch(host, (INTERNET_PORT)atoi(argv[2]));
    else
        fetch_three_times(argv);
    return 0;
}
