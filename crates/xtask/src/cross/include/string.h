/* Stands in for the header of a system whose own cannot be had: enough to check types, not to run. */
#pragma once
#include <stddef.h>

void *memchr(const void *memory, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *memory, int byte, size_t size);
size_t strlen(const char *text);
