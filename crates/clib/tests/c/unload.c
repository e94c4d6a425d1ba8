/*
 * Loads the library, uses it, and unloads it. The library has threads, so its code has to stay.
 *
 * usage: unload LIBRARY
 */
#include <winhttp.h>

#include <dlfcn.h>
#include <stdio.h>

typedef BOOL(WINAPI *CheckPlatform)(void);

int main(int argc, char **argv)
{
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    CheckPlatform check_platform;

    if (library == NULL)
        return 2;
    *(void **)&check_platform = dlsym(library, "WinHttpCheckPlatform");
    if (check_platform == NULL || !check_platform() || dlclose(library) != 0)
        return 1;
    printf("%s\n", dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL ? "gone" : "still there");
    return 0;
}
