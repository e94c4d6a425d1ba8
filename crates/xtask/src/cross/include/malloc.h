/* Stands in for the header of a system whose own cannot be had: enough to check types, not to run. */
#pragma once
#include <stddef.h>
void *_alloca(size_t);
