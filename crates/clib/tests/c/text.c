/*
 * A program without -fshort-wchar, in C or C++: its text is in WINHTTP_TEXT. Prints the parts of a URL.
 */
#include <winhttp.h>

#include <stdio.h>

int main(void)
{
    URL_COMPONENTS parts;

    ZeroMemory(&parts, sizeof(parts));
    parts.dwStructSize = sizeof(parts);
    parts.dwHostNameLength = (DWORD)-1;
    if (!WinHttpCrackUrl(WINHTTP_TEXT("https://example.org/"), 0, 0, &parts))
        return 1;
    for (DWORD at = 0; at < parts.dwHostNameLength; at++)
        putchar((char)parts.lpszHostName[at]);
    printf(" %d\n", parts.nPort);
    return 0;
}
