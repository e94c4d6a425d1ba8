/*
 * winhttp.h of openwinhttp: the WinHTTP API for Linux, macOS and Windows.
 *
 * Made by `cargo xtask header`; changes to this file are lost. Needs C99 or C++11.
 *
 * On Windows it stands in for the header of the SDK and includes <windows.h>. Elsewhere it brings the few names of
 * <windows.h> that the API needs. WCHAR has 16 bits everywhere: compile with -fshort-wchar to write strings as L"..",
 * or write them as WINHTTP_TEXT(".."), which needs no option of the compiler but C11 or C++11.
 */
#ifndef OPENWINHTTP_WINHTTP_H
#define OPENWINHTTP_WINHTTP_H

#include <stdint.h>

#ifdef _WIN32

#include <windows.h>

#define OPENWINHTTP_WIDE(text) L##text

#else /* what programs use of <windows.h> */

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#define WINAPI
#define APIENTRY
#define CALLBACK
#define CONST const
#define FAR
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define VOID void

typedef char CHAR, *LPSTR, *PSTR;
typedef const char *LPCSTR, *PCSTR;
#if defined(__SIZEOF_WCHAR_T__) ? __SIZEOF_WCHAR_T__ == 2 : WCHAR_MAX <= 0xFFFF
typedef wchar_t WCHAR;
#define OPENWINHTTP_WIDE(text) L##text
#else
#ifdef __cplusplus
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif
#define OPENWINHTTP_WIDE(text) u##text
#endif
typedef WCHAR *LPWSTR, *PWSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;

typedef int BOOL, *LPBOOL, *PBOOL;
typedef int INT;
typedef unsigned int UINT;
typedef uint8_t BYTE, *LPBYTE, *PBYTE;
typedef uint16_t WORD, *LPWORD, *PWORD;
typedef unsigned char UCHAR, *PUCHAR;
typedef BYTE BOOLEAN;
typedef int16_t SHORT;
typedef uint16_t USHORT, *PUSHORT;
typedef int32_t LONG, *LPLONG, *PLONG;
typedef uint32_t ULONG, *PULONG;
typedef uint32_t DWORD, *LPDWORD, *PDWORD;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t DWORDLONG, DWORD64;
typedef int32_t INT32;
typedef uint32_t UINT32;
typedef int64_t INT64;
typedef uint64_t UINT64;
typedef LONG HRESULT;
typedef intptr_t INT_PTR, LONG_PTR;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR, *PDWORD_PTR;
typedef size_t SIZE_T;
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef void *HANDLE, *HGLOBAL, *HLOCAL, *HMODULE, *HINSTANCE;

typedef struct GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID, *LPGUID;

typedef struct FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *LPFILETIME, *PFILETIME;

typedef struct SYSTEMTIME {
    WORD wYear;
    WORD wMonth;
    WORD wDayOfWeek;
    WORD wDay;
    WORD wHour;
    WORD wMinute;
    WORD wSecond;
    WORD wMilliseconds;
} SYSTEMTIME, *LPSYSTEMTIME, *PSYSTEMTIME;

/* An address as Windows lays it out, whatever the system: family 2 or 23, then the port, then the address. */
typedef struct SOCKADDR_STORAGE {
    USHORT ss_family;
    CHAR ss_pad1[6];
    LONGLONG ss_align;
    CHAR ss_pad2[112];
} SOCKADDR_STORAGE, *LPSOCKADDR_STORAGE, *PSOCKADDR_STORAGE;

typedef void *HCERTSTORE;
typedef struct CERT_INFO *PCERT_INFO;
typedef struct CERT_CONTEXT {
    DWORD dwCertEncodingType;
    BYTE *pbCertEncoded;
    DWORD cbCertEncoded;
    PCERT_INFO pCertInfo;
    HCERTSTORE hCertStore;
} CERT_CONTEXT, *PCERT_CONTEXT;
typedef const CERT_CONTEXT *PCCERT_CONTEXT;

#define ZeroMemory(destination, length) memset((destination), 0, (length))
#define CopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)
#define INFINITE 0xFFFFFFFF
#define MAX_PATH 260

#define NO_ERROR 0
@ERRORS@

/* Codes that this API does not give, but programs name. */
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_INVALID_DATA 13
#define ERROR_OUTOFMEMORY 14
#define ERROR_MOD_NOT_FOUND 126
#define ERROR_MR_MID_NOT_FOUND 317
#define ERROR_NOT_FOUND 1168

#define GMEM_FIXED 0x0000
#define GMEM_ZEROINIT 0x0040
#define GPTR 0x0040
#define LMEM_FIXED 0x0000
#define LMEM_ZEROINIT 0x0040
#define LPTR 0x0040

#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200
#define FORMAT_MESSAGE_FROM_STRING 0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000FF

#define LANG_NEUTRAL 0x00
#define SUBLANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define MAKELANGID(primary, sub) ((WORD)(((WORD)(sub) << 10) | (WORD)(primary)))

#ifdef __cplusplus
extern "C" {
#endif

DWORD WINAPI GetLastError(void);
void WINAPI SetLastError(DWORD dwErrCode);

HGLOBAL WINAPI GlobalAlloc(UINT uFlags, SIZE_T dwBytes);
HGLOBAL WINAPI GlobalFree(HGLOBAL hMem);
HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes);
HLOCAL WINAPI LocalFree(HLOCAL hMem);

DWORD WINAPI FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPSTR lpBuffer,
                            DWORD nSize, va_list *Arguments);
DWORD WINAPI FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPWSTR lpBuffer,
                            DWORD nSize, va_list *Arguments);

HMODULE WINAPI GetModuleHandleA(LPCSTR lpModuleName);
HMODULE WINAPI GetModuleHandleW(LPCWSTR lpModuleName);

BOOL WINAPI CertFreeCertificateContext(PCCERT_CONTEXT pCertContext);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
typedef WCHAR TCHAR, *LPTSTR;
typedef const WCHAR *LPCTSTR;
#define TEXT(text) OPENWINHTTP_WIDE(text)
#define FormatMessage FormatMessageW
#define GetModuleHandle GetModuleHandleW
#else
typedef char TCHAR, *LPTSTR;
typedef const char *LPCTSTR;
#define TEXT(text) text
#define FormatMessage FormatMessageA
#define GetModuleHandle GetModuleHandleA
#endif

#endif /* what programs use of <windows.h> */

/* A string of WCHARs. */
#define WINHTTP_TEXT(text) OPENWINHTTP_WIDE(text)

/* Programs that link the static library on Windows define OPENWINHTTP_STATIC. */
#if defined(_WIN32) && !defined(OPENWINHTTP_STATIC)
#define WINHTTPAPI __declspec(dllimport)
#else
#define WINHTTPAPI
#endif

/* Unions without a name are younger than C99. */
#ifdef __GNUC__
#define OPENWINHTTP_EXTENSION __extension__
#else
#define OPENWINHTTP_EXTENSION
#endif

/* Structures are packed as in the SDK. */
#if defined(__i386__) || defined(_M_IX86)
#pragma pack(push, 4)
#else
#pragma pack(push, 8)
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef LPVOID HINTERNET, *LPHINTERNET;
typedef WORD INTERNET_PORT, *LPINTERNET_PORT;
typedef int INTERNET_SCHEME, *LPINTERNET_SCHEME;
typedef PVOID WINHTTP_PROXY_CHANGE_REGISTRATION_HANDLE;

/* Arguments that are left out. */
@NOTHING@

/* Constants */
@CONSTANTS@

/* Enumerations */
@ENUMS@

/* Structures */
@STRUCTS@

/* Callbacks */
@CALLBACKS@
#define WINHTTP_INVALID_STATUS_CALLBACK ((WINHTTP_STATUS_CALLBACK)(INT_PTR)-1)

/* Functions */
@FUNCTIONS@

#ifdef __cplusplus
}
#endif

#pragma pack(pop)

#endif /* OPENWINHTTP_WINHTTP_H */
