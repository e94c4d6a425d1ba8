/* Stands in for the header of a system whose own cannot be had: enough to check types, not to run. */
#pragma once
#include <stddef.h>

void abort(void) __attribute__((noreturn));
void *calloc(size_t count, size_t size);
void free(void *memory);
void *malloc(size_t size);
void *realloc(void *memory, size_t size);
