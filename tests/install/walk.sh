#!/bin/sh
# What tests/install/walk.py lets a fresh machine do. A check is a sentence, and a command that must succeed.
set -u
S=/usr/local/bin/sintonia
D=hub.provedor.example
check() { words=$1; shift; if ( "$@" ) >/tmp/said 2>&1; then echo "ok    $words"; else echo "WRONG $words"; cat /tmp/said; fi; }
ready() { test "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8000/readyz)" = 200; }
again() { for _ in $(seq 60); do ready && return 0; sleep 1; done; return 1; }
refuses() { ! "$@" >/tmp/refusal 2>&1; }
says() { grep -q "$1" "$2" || { cat "$2"; return 1; }; }
restarts() { test "$(systemctl show sintonia -p NRestarts --value)" -ge "$1"; }

check "there is no Python here" sh -c '! ls /usr/bin/python3*'
check "the download is whole" sh -c 'cd /download && sha256sum --check sintonia.sha256'
check "a dry run changes nothing" sh -c '/download/sintonia install --dry-run && ! test -e /etc/sintonia'
/download/sintonia install --yes >/tmp/first 2>&1; cat /tmp/first
check "it is ready" ready
check "it says the set-up link" says /setup/ /tmp/first
check "the link opens" curl -sf -o /dev/null "$(grep -o 'http://.*/setup/.*' /tmp/first)"
check "the service does not run as root" sh -c 'test "$(systemctl show sintonia -p User --value)" = sintonia'
check "a second run changes nothing" sh -c "$S install --yes | grep 'Nothing to do'"
check "an administrator is made" sh -c "echo 'quatro girafas no telhado' | $S user create --email ana@example.com --role admin --password-stdin"
check "what root does leaves nothing of root in the data" sh -c '! find /var/lib/sintonia -not -user sintonia | grep .'
check "doctor finds nothing wrong" $S doctor
check "a backup is made" $S backup

printf '#!/bin/sh\n[ "$1" = serve ] && { echo no start today; exit 1; }\nexec /download/sintonia "$@"\n' >/tmp/bad
printf '#!/bin/sh\nexec /download/sintonia "$@"\n' >/tmp/other; chmod 755 /tmp/bad /tmp/other
check "a version that does not start is refused" refuses $S install --yes --program /tmp/bad
check "the reason is said" says "no start today" /tmp/refusal
check "the former version serves again" again
check "and is the former one" cmp /download/sintonia $S
check "a version that starts is taken" $S install --yes --program /tmp/other
check "and stands there" cmp /tmp/other $S
check "the real one comes back" /download/sintonia install --yes
systemctl stop sintonia; before=$(ls /var/lib/sintonia/backups | wc -l)
check "a stopped hub is upgraded, too" $S install --yes --program /tmp/other
check "with a backup by the former version before" sh -c "test \"\$(ls /var/lib/sintonia/backups | wc -l)\" -gt $before"
check "the real one comes back once more" /download/sintonia install --yes

mkdir -p /etc/systemd/system/sintonia.service.d
printf '[Service]\nWatchdogSec=15\n' >/etc/systemd/system/sintonia.service.d/quick.conf
systemctl daemon-reload; systemctl restart sintonia; sleep 20
check "a hub that lives is left alone" sh -c 'test "$(systemctl show sintonia -p NRestarts --value)" = 0'
for process in $(cat /sys/fs/cgroup/*/system.slice/sintonia.service/cgroup.procs /sys/fs/cgroup/system.slice/sintonia.service/cgroup.procs 2>/dev/null | sort -u); do kill -STOP "$process"; done
sleep 30
check "a hub that hangs is started anew" restarts 1
rm -r /etc/systemd/system/sintonia.service.d; systemctl daemon-reload; systemctl restart sintonia
check "and serves again" again

$S install --yes --domain $D --proxy nginx >/tmp/nocert 2>&1
check "without a certificate the way to one is said" says "certbot certonly" /tmp/nocert
mkdir -p /etc/letsencrypt/live/$D; cd /etc/letsencrypt/live/$D
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout privkey.pem -out fullchain.pem -subj /CN=$D -addext subjectAltName=DNS:$D 2>/dev/null; cd /
check "with one the site is on" $S install --yes --log-file /var/log/sintonia/sintonia.log
check "pages come by TLS" sh -c "curl -sf -o /dev/null --cacert /etc/letsencrypt/live/$D/fullchain.pem --resolve $D:443:127.0.0.1 https://$D/login"
check "plain http leads there" sh -c "curl -sI --resolve $D:80:127.0.0.1 http://$D/login | grep -i '^location: https://$D/login'"
check "the log is a file" test -s /var/log/sintonia/sintonia.log
check "and is rotated" sh -c 'logrotate -f /etc/logrotate.d/sintonia && test -s /var/log/sintonia/sintonia.log.1'
check "doctor finds nothing wrong" $S doctor

check "uninstall leaves the data" sh -c "$S uninstall --yes && test -s /var/lib/sintonia/sintonia.db && ! test -e $S"
check "nothing answers any more" refuses ready
check "nginx takes its files without the site" nginx -t
/download/sintonia install --yes >/dev/null 2>&1
check "installed anew, the data are there" sh -c "$S user list | grep ana@example"
check "a purge that is not confirmed does nothing" refuses $S uninstall --purge --confirm no
check "a purge leaves nothing" sh -c "$S uninstall --purge --confirm /var/lib/sintonia && ! test -e /var/lib/sintonia && ! test -e /etc/sintonia && ! getent passwd sintonia"
echo "ALL IS DONE"
