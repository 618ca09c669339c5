# SPDX-License-Identifier: GPL-2.0-or-later
# Cross build for Debian arm64 against a private sysroot (tests/vm/cross-build makes one and names it here), so that
# the build machine needs the cross compiler and no foreign packages.
#
#   cmake -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake -DINTXD_SYSROOT=DIR ...
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_C_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# try_compile configures small projects with this file again: they need the variable too.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES INTXD_SYSROOT)
if(INTXD_SYSROOT)
  set(CMAKE_SYSROOT ${INTXD_SYSROOT})
  set(ENV{PKG_CONFIG_SYSROOT_DIR} ${INTXD_SYSROOT})
  set(ENV{PKG_CONFIG_LIBDIR} ${INTXD_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${INTXD_SYSROOT}/usr/share/pkgconfig)
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
