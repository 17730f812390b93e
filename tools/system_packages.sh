#!/bin/sh
# Installs what Qt, venv and the tests need on a bare Debian or Ubuntu as root; elsewhere names
# what the program can't do without.
set -eu
python="${1:-python3}"

"$python" - <<'PY' || exit 1
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(f"SpineGrader needs Python 3.11 to 3.13, this is {sys.version.split()[0]}: "
             "run make PYTHON=python3.12, say.")
PY

command -v dpkg-query >/dev/null 2>&1 || exit 0

wanted="libegl1 libgl1 libopengl0 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1
libglib2.0-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1
libgomp1 fonts-dejavu-core"
"$python" -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted python3-venv"

# Checks the DICOM files that the tests write; they skip that where it is absent.
[ "$(id -u)" != 0 ] || wanted="$wanted dicom3tools"

missing=""
for package in $wanted; do
    # Ubuntu 24.04 and Debian 13 call some of them …t64.
    dpkg-query -W -f='${db:Status-Status}\n' "$package" "${package}t64" 2>/dev/null \
        | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    echo "Installing the system packages that are missing:$missing"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Qt may need system libraries that are missing here. To install them:"
    echo "  sudo apt-get install$missing"
    case "$missing" in *python3-venv*) exit 1 ;; esac
fi
