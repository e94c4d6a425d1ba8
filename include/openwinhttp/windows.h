/* What a program for Windows asks for, outside of Windows: `-I include/openwinhttp` lets `#include <windows.h>` find it. */
#ifdef _WIN32
#error "this folder hides the <windows.h> of the system"
#else
#include "../winhttp.h"
#endif
