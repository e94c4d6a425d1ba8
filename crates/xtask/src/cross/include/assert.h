/* Stands in for the header of a system whose own cannot be had: enough to check types, not to run. */
#undef assert
#define assert(condition) ((void)0)
