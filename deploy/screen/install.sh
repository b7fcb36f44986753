#!/bin/sh
# Makes a wall screen of a Debian 12 box: packages, user, files, service. Run as root; again after a
# change is fine, and keeps /etc/longmen-screen.env. `install.sh remove` takes everything back but the
# packages.
set -eu
here=$(dirname "$(readlink -f "$0")")
library=/usr/local/lib/longmen-screen
settings=/etc/longmen-screen.env
unit=/etc/systemd/system/longmen-screen.service
user=longmen-screen

[ "$(id -u)" = 0 ] || { echo "run as root" >&2; exit 1; }

if [ "${1:-}" = remove ]; then
  systemctl disable --now longmen-screen.service || true
  rm -rf "$library" "$unit" "$settings" /var/lib/longmen-screen
  systemctl daemon-reload
  systemctl set-default multi-user.target
  deluser --system "$user" || true
  echo "removed; the packages cage, xwayland, chromium, alsa-utils and fonts-noto-cjk stay"
  exit 0
fi

# Without Xwayland, which it does not depend on, Debian's cage refuses to start.
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  cage xwayland chromium fonts-noto-cjk alsa-utils procps libpam-systemd dbus ca-certificates

id "$user" >/dev/null 2>&1 ||
  adduser --system --group --home /var/lib/longmen-screen --shell /usr/sbin/nologin "$user"
for group in video render audio input; do
  if getent group "$group" >/dev/null; then adduser --quiet "$user" "$group"; fi
done

install -d "$library"
install -m 755 "$here/longmen-screen" "$library/longmen-screen"
install -m 644 "$here/waiting.html" "$library/waiting.html"
install -m 644 "$here/longmen-screen.service" "$unit"
[ -e "$settings" ] || install -m 644 "$here/longmen-screen.env" "$settings"

systemctl daemon-reload
systemctl set-default graphical.target
systemctl enable longmen-screen.service
echo "Set SERVER in $settings, then: systemctl restart longmen-screen"
