/* Stands in for the header of a system whose own cannot be had: the compiler knows what is used of it. */
#pragma once
