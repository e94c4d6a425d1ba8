/*
 * Tells whose functions a program calls that is linked with the system's winhttp.dll, when another one lies beside it.
 *
 * usage: module HOST PORT
 *
 * It prints:
 *
 *     winhttp.dll is the one beside this program
 *     ProductName: openwinhttp
 *     OriginalFilename: winhttp.dll
 */
#include <windows.h>

#include <winhttp.h>

#include "text.h"

#include <string.h>

/* This program is linked with the library, so the only one of that name is the one that it calls. */
static void path_of_library(char *path)
{
    if (GetModuleFileNameA(GetModuleHandleA("winhttp.dll"), path, MAX_PATH) == 0)
        fail("GetModuleFileName");
}

static void print_place(void)
{
    char beside[MAX_PATH], found[MAX_PATH];

    GetModuleFileNameA(NULL, beside, MAX_PATH);
    strcpy(strrchr(beside, '\\') + 1, "winhttp.dll");
    path_of_library(found);
    printf("winhttp.dll is %s\n", _stricmp(beside, found) == 0 ? "the one beside this program" : found);
}

static void print_text(const void *version, const char *name)
{
    char path[64];
    void *text = NULL;
    UINT length = 0;

    snprintf(path, sizeof(path), "\\StringFileInfo\\040904B0\\%s", name);
    if (!VerQueryValueA(version, path, &text, &length))
        fail("VerQueryValue");
    printf("%s: %s\n", name, (const char *)text);
}

static void print_version(void)
{
    static char version[4096];
    char path[MAX_PATH];

    path_of_library(path);
    if (!GetFileVersionInfoA(path, 0, sizeof(version), version))
        fail("GetFileVersionInfo");
    print_text(version, "ProductName");
    print_text(version, "OriginalFilename");
}

int main(void)
{
    if (!WinHttpCheckPlatform())
        fail("WinHttpCheckPlatform");
    print_place();
    print_version();
    return 0;
}
