#!/bin/sh
# Open3D's wheel links system libraries that a bare Debian or Ubuntu lacks. Check by importing, mend where we may.
# usage: check_open3d.sh PYTHON
set -eu
packages="libgl1 libegl1 libusb-1.0-0 libgomp1"
install="apt-get install -y --no-install-recommends $packages"

if "$1" -c 'import open3d' 2>/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Open3D needs system libraries: $install"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive $install >/dev/null
fi
if ! "$1" -c 'import open3d'; then
    echo "Open3D cannot be imported. On Debian or Ubuntu run: sudo $install" >&2
    exit 1
fi
