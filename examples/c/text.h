/*
 * Text of the command line as WCHARs, and back for printf. Both know ASCII only, which is enough for these programs.
 */
#ifndef TEXT_H
#define TEXT_H

#include <windows.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Copies text to wide, which has room for size characters with the NUL. */
static inline void widen(const char *text, WCHAR *wide, size_t size)
{
    size_t at = 0;
    for (; text[at] != '\0' && at + 1 < size; at++)
        wide[at] = (WCHAR)(unsigned char)text[at];
    wide[at] = 0;
}

/* Prints length characters. */
static inline void print_part(const WCHAR *wide, size_t length)
{
    for (size_t at = 0; at < length; at++)
        putchar(wide[at] < 0x80 ? (char)wide[at] : '?');
}

/* Prints up to the NUL. */
static inline void print_wide(const WCHAR *wide)
{
    size_t length = 0;
    while (wide[length] != 0)
        length++;
    print_part(wide, length);
}

/* Ends the program: the call has failed. */
static inline void fail(const char *call)
{
    printf("%s failed with error %u\n", call, (unsigned)GetLastError());
    exit(1);
}

#endif
