#!/bin/sh
# The administration of a lawn care company, from its first day to its last, all of
# it through the API. It needs a POSIX shell, the usual tools beside it, and curl.
#
#   go run ./examples/lawncare -db tour.db -tour tour.env    # in one terminal
#   sh examples/lawncare/tour.sh tour.env                    # in another
#
# tour.env is what the example writes: its address, and a token for everyone who acts
# here, as whatever logs users in would make. Every step says what it does, and ends
# the tour where it is answered otherwise than it says. What the tour makes it
# removes again; only the log of what happened, which nobody can remove, goes with the
# organisation, and so each tour makes one of another name.
set -eu

if [ $# -ne 1 ] || [ ! -r "$1" ]; then
	echo "usage: $0 FILE, which lawncare -tour FILE wrote" >&2
	exit 2
fi
command -v curl >/dev/null || { echo "$0 needs curl" >&2; exit 2; }
# It sets URL, and SUE, GRETA, WES, FAY and NED to their tokens.
case $1 in
*/*) . "$1" ;;
*) . "./$1" ;; # else a shell looks for it where programs are
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- how to ask, and how to look at an answer ------------------------------------

# step says what comes next.
step() { printf '\n== %s\n' "$1"; }

# ask TOKEN METHOD PATH [BODY [HEADER...]] sends a request, and keeps the answer.
ask() {
	token=$1 method=$2 path=$3 body=${4-}
	if [ $# -gt 4 ]; then shift 4; else shift $#; fi
	for header in "$@"; do
		printf 'header = "%s"\n' "$(printf '%s' "$header" | sed 's/["\\]/\\&/g')"
	done >"$work/config"
	printf 'header = "Authorization: Bearer %s"\n' "$token" >>"$work/config" # not for everyone to see in a list of processes
	if [ -n "$body" ]; then
		printf '%s' "$body" >"$work/request"
		printf 'header = "Content-Type: application/json"\ndata-binary = "@%s"\n' "$work/request" >>"$work/config"
	fi
	status=$(curl -sS --max-time 30 -K "$work/config" -X "$method" -D "$work/headers" -o "$work/answer" -w '%{http_code}' "$URL$path")
	printf '   %-6s %-72s %s\n' "$method" "$path" "$status"
}

# expect STATUS [TEXT...] ends the tour unless the answer is so, and holds the texts.
expect() {
	want=$1
	shift
	[ "$status" = "$want" ] || fail "the answer should have been $want"
	for text in "$@"; do
		grep -qF -- "$text" "$work/answer" || fail "the answer should have held: $text"
	done
}

# lacks TEXT ends the tour where the answer holds it.
lacks() {
	if grep -qF -- "$1" "$work/answer"; then fail "the answer should not have held: $1"; fi
}

fail() {
	echo "tour: $1; it was $status:" >&2
	cat "$work/answer" >&2
	exit 1
}

# says HEADER VALUE ends the tour unless the answer has that header.
says() {
	tr -d '\r' <"$work/headers" | grep -qixF -- "$1: $2" || fail "the answer should have had the header $1: $2"
}

# field NAME is the first text of that name in the answer.
field() { sed -n "s/^[^\"]*\(\"[^\"]*\"[^\"]*\)*\"$1\":\"\([^\"]*\)\".*/\2/p" "$work/answer"; }

# etag is what the answer says the thing is at now.
etag() { tr -d '\r' <"$work/headers" | sed -n 's/^[Ee][Tt][Aa][Gg]: //p'; }

# may USER PERMISSION true|false checks what somebody may do at the company.
may() {
	ask "$GRETA" POST "$at/check" "{\"user\":\"$1\",\"permission\":\"$2\"}"
	expect 200 "{\"allowed\":$3,"
}

org=greta-$(date +%s)-$$
at=/v1/orgs/$org

# ---- the company ------------------------------------------------------------------

step "Sue, who runs the internal staff, makes an organisation for Greta's company, and Greta its owner"
ask "$SUE" POST /v1/orgs "{\"id\":\"$org\",\"label\":\"Greta's Greens\"}"
expect 201 "\"id\":\"$org\"" "Greta's Greens"
ask "$SUE" PUT "$at/members/greta/roles/owner" ''
expect 204

step "Greta signs in: her page shows what this says, and asks again with the ETag it came with"
ask "$GRETA" GET "/v1/me?org=$org"
expect 200 '"user":"greta"' "\"org\":\"$org\"" '"permission":"iam.roles:write"'

step "Sue, who made it, leaves the company to Greta"
ask "$GRETA" DELETE "$at/members/sue"
expect 204
ask "$SUE" GET "$at/roles"
expect 403 '"code":"permission_denied"'

step "Two branches, one of which Greta moves below the other; she sees them as a tree"
ask "$GRETA" POST /v1/orgs "{\"id\":\"$org.east\",\"label\":\"East\",\"parent\":\"$org\"}"
expect 201 "\"parent\":\"$org\""
ask "$GRETA" POST /v1/orgs "{\"id\":\"$org.hills\",\"label\":\"Hills\",\"parent\":\"$org\"}"
expect 201
ask "$GRETA" POST "/v1/orgs/$org.hills/move" "{\"parent\":\"$org.east\"}" "If-Match: $(etag)"
expect 200 "\"parent\":\"$org.east\""
ask "$GRETA" GET "$at/tree"
expect 200 "\"id\":\"$org.east\"" "\"id\":\"$org.hills\""

# ---- roles ------------------------------------------------------------------------

step "What there is to permit, and the roles that every company starts with"
ask "$GRETA" GET /v1/catalog
expect 200 '"id":"invoices:read"'
ask "$GRETA" GET "$at/roles?profile=worker&sort=id"
expect 200 '"id":"entry-level"' '"origin":"default"'

step "Default roles are not hers to edit, so she begins with a copy of one"
ask "$GRETA" PATCH "$at/roles/team-lead" '{"label":"Chief"}' 'If-Match: *'
expect 403 '"code":"reserved"'
ask "$GRETA" POST "$at/roles/experienced/copy" '{"id":"gardener","label":"Gardener"}'
expect 201 '"id":"gardener"' '"origin":"custom"' '"includes":["entry-level"]'

step "A role of her own, for the office"
ask "$GRETA" POST "$at/roles" '{"id":"office","label":"Office","profile":"owner","grants":[{"permission":"invoices:write"},{"permission":"clients:read"}]}'
expect 201 '"permission":"invoices:write"'

step "Her page shows all roles and what each permits as one table, from one request"
ask "$GRETA" GET "$at/roles/matrix?profile=owner"
expect 200 '"id":"office"' '"id":"owner"' '"permission":"invoices:write"'

step "The network swallows an answer. With an Idempotency-Key she may ask again: it is done once, and answered as it was"
ask "$GRETA" POST "$at/roles" '{"id":"dispatch","label":"Dispatch","profile":"owner","grants":[{"permission":"schedule:write"}]}' "Idempotency-Key: \"$org-1\""
expect 201 '"id":"dispatch"'
ask "$GRETA" POST "$at/roles" '{"id":"dispatch","label":"Dispatch","profile":"owner","grants":[{"permission":"schedule:write"}]}' "Idempotency-Key: \"$org-1\""
expect 201 '"id":"dispatch"'
says Idempotency-Replayed true

step "The same key with another request is a mistake, and answered so"
ask "$GRETA" POST "$at/roles" '{"id":"depot","label":"Depot","profile":"owner"}' "Idempotency-Key: \"$org-1\""
expect 422 '"code":"key_reused"'

# ---- people -----------------------------------------------------------------------

step "Wes becomes a gardener, Fay comes to the office"
ask "$GRETA" PUT "$at/members/wes/roles/gardener" ''
expect 204
ask "$GRETA" PUT "$at/members/fay/roles/office" ''
expect 204
may wes jobs:read true
may wes invoices:read false
may fay invoices:read true

step "What would it change to make Fay a marketer as well? A dry run tells, and changes nothing"
ask "$GRETA" PUT "$at/members/fay/roles/marketer?dry_run=true" ''
expect 200 '"dry_run":true' '"user":"fay"' '"permission":"newsletters:write"' '"change":"gained"'
lacks '"permission":"clients:read"' # which she has by her role already
may fay newsletters:write false

step "Three start on Monday: their roles are given at once, or not at all"
ask "$GRETA" POST "$at/assignments" '{"give":[{"user":"ida","role":"entry-level"},{"user":"jon","role":"gardener"},{"user":"kim","role":"gardner"}]}'
expect 404 '"code":"role_not_found"' 'give[2]'
may ida schedule:read false
ask "$GRETA" POST "$at/assignments" '{"give":[{"user":"ida","role":"entry-level"},{"user":"jon","role":"gardener"},{"user":"kim","role":"gardener"}]}'
expect 204
may ida schedule:read true
may kim clients:read true

step "Kim leads instead, and Jon does not come after all"
ask "$GRETA" POST "$at/assignments" '{"give":[{"user":"kim","role":"team-lead"}],"take":[{"user":"kim","role":"gardener"},{"user":"jon","role":"gardener"}]}'
expect 204
may kim schedule:write true
may jon clients:read false

step "Ned helps until the end of the season, and the list says until when"
ask "$GRETA" PUT "$at/members/ned/roles/entry-level" '{"until":"2099-10-31T00:00:00Z"}'
expect 204
ask "$GRETA" GET "$at/members"
expect 200 '"until":"2099-10-31T00:00:00Z"'
may ned jobs:complete true

step "Somebody whose time was over before she came: seen, and without effect"
ask "$GRETA" PUT "$at/members/olaf/roles/entry-level" '{"until":"2020-01-01T00:00:00Z"}'
expect 204
ask "$GRETA" GET "$at/members"
expect 200 '"ended":true'
may olaf jobs:complete false

step "A crew that leads as one: who joins it has its role"
ask "$GRETA" PUT "$at/groups/crew" '{"label":"Crew"}'
expect 201 '"id":"crew"'
ask "$GRETA" POST "$at/groups/crew/members" '{"users":["una","vic"]}'
expect 204
ask "$GRETA" PUT "$at/groups/crew/roles/team-lead" ''
expect 204
may una schedule:write true
ask "$GRETA" GET "$at/members/una/permissions"
expect 200 'team-lead' 'crew'
ask "$GRETA" GET "$at/members?limit=2"
expect 200 '"next":'

step "The gardens that need a permit are a set, which is replaced at once"
ask "$GRETA" PUT "$at/sets/permits" '{"label":"Gardens with a permit"}'
expect 201 '"id":"permits"'
seen=$(etag)
ask "$GRETA" PUT "$at/sets/permits/resources" '{"resources":["garden-1","garden-2"]}' "If-Match: $seen"
expect 204
ask "$GRETA" GET "$at/sets/permits/resources?prefix=garden-"
expect 200 'garden-1' 'garden-2'
ask "$GRETA" DELETE "$at/sets/permits/resources/garden-1"
expect 204

# ---- a program -----------------------------------------------------------------------

step "A program files the log every night. It gets a service key, which holds one role and ends by itself"
ask "$GRETA" POST "$at/roles" '{"id":"auditor","label":"Auditor","profile":"owner","grants":[{"permission":"iam.audit:read"}]}'
expect 201
ask "$GRETA" POST "$at/keys" '{"label":"Nightly export","roles":["auditor"]}' "Idempotency-Key: \"$org-2\""
expect 201 '"label":"Nightly export"' '"secret":"rkey_'
secret=$(field secret)
key=$(field id)

step "The secret is shown this once, and kept nowhere: asking again tells only that there is a key"
ask "$GRETA" POST "$at/keys" '{"label":"Nightly export","roles":["auditor"]}' "Idempotency-Key: \"$org-2\""
expect 409 '"code":"reply_not_kept"'
lacks rkey_
ask "$GRETA" GET "$at/keys"
expect 200 "\"id\":\"$key\"" '"created_by":"user:greta"'
lacks "$secret"

step "With the key, the program reads the whole log; the last line says that it is whole. More it may not"
ask "$secret" GET "$at/audit/export"
expect 200 '"action":"key.create"' '{"end":true,"events":'
ask "$secret" GET "$at/members"
expect 403 '"code":"permission_denied"'

step "Greta revokes the key, and its next request is nobody's"
ask "$GRETA" DELETE "$at/keys/$key"
expect 204
ask "$secret" GET "$at/audit/export"
expect 401 '"code":"unauthenticated"'

# ---- two people edit one role -------------------------------------------------------

step "Greta opens the role office in two windows, and saves in both: the second is told how it is now"
ask "$GRETA" GET "$at/roles/office"
expect 200
seen=$(etag)
ask "$GRETA" PUT "$at/roles/office/permissions" '{"grants":[{"permission":"invoices:write"},{"permission":"newsletters:write"}]}' "If-Match: $seen"
expect 200 '"permission":"newsletters:write"'
ask "$GRETA" PUT "$at/roles/office/permissions" '{"grants":[{"permission":"invoices:read"}]}' "If-Match: $seen"
expect 412 '"code":"conflict"' '"permission":"newsletters:write"'
ask "$GRETA" PUT "$at/roles/office/permissions" '{"grants":[{"permission":"invoices:read"}]}'
expect 428 '"code":"precondition_required"'
may fay newsletters:write true

# ---- what does not go ---------------------------------------------------------------

step "Fay manages members as well, and makes nobody more than she is: not even herself"
ask "$GRETA" POST "$at/roles" '{"id":"hr","label":"Personnel","profile":"owner","grants":[{"permission":"iam.members:write"},{"permission":"iam.members:read"}]}'
expect 201
ask "$GRETA" PUT "$at/members/fay/roles/hr" ''
expect 204
ask "$FAY" PUT "$at/members/fay/roles/owner" ''
expect 403 '"code":"escalation"'
ask "$FAY" PUT "$at/members/zoe/roles/office" ''
expect 204

step "The last owner stays"
ask "$GRETA" DELETE "$at/members/greta/roles/owner"
expect 409 '"code":"last_holder"'

step "Strangers are not told whether there is such a company"
ask "$NED" GET /v1/orgs/toms/roles
expect 403
ask "$NED" GET /v1/orgs/there-is-none/roles
expect 403

# ---- questions ----------------------------------------------------------------------

step "Many questions at once"
ask "$GRETA" POST /v1/check "{\"questions\":[{\"org\":\"$org\",\"user\":\"wes\",\"permission\":\"jobs:read\"},{\"org\":\"$org\",\"user\":\"wes\",\"permission\":\"invoices:read\"}]}"
expect 200 '"allowed":true' '"allowed":false'

step "Why may Una plan, why may Olaf not work, and who may plan at all?"
ask "$GRETA" POST "$at/explain" '{"user":"una","permission":"schedule:write"}'
expect 200 '"allowed":true' 'group:crew' 'role:team-lead'
ask "$GRETA" POST "$at/explain" '{"user":"olaf","permission":"jobs:complete","profile":"worker"}'
expect 200 '"allowed":false' '"kind":"ended"'
ask "$GRETA" GET "$at/who-can?permission=schedule:write"
expect 200 '"user":"una"' '"user":"vic"'
lacks '"user":"wes"'
ask "$GRETA" GET "$at/what-can?user=wes"
expect 200 '"permission":"jobs:read"'

step "Wes sees his own page, and nothing of the company's roles"
ask "$WES" GET "/v1/me?org=$org"
expect 200 '"user":"wes"' '"permission":"jobs:read"'
ask "$WES" GET "$at/roles"
expect 403 'it needs the permission iam.roles:read'

# ---- goodbye ------------------------------------------------------------------------

step "What happened, newest first"
ask "$GRETA" GET "$at/audit?limit=100"
expect 200 '"action":"role.grants"' '"actor":"user:fay"' '"actor":"user:sue"'

step "What did Fay do? And all of it, one event a line, to keep elsewhere"
ask "$GRETA" GET "$at/audit?actor=user:fay&action=member.assign"
expect 200 '"target":"user:zoe"'
lacks '"actor":"user:greta"'
ask "$GRETA" GET "$at/audit/export"
expect 200 '"action":"org.create"' '"action":"key.revoke"' '{"end":true,"events":'
[ "$(wc -l <"$work/answer")" -gt 20 ] || fail "the export should have had a line an event"

step "A role that somebody has is not deleted, unless it is said which they get instead"
ask "$GRETA" DELETE "$at/roles/office" '' 'If-Match: *'
expect 409 '"code":"role_in_use"'
ask "$GRETA" DELETE "$at/roles/office?successor=marketer" '' 'If-Match: *'
expect 204
may fay newsletters:write true
may fay invoices:read false
may zoe newsletters:write true

step "Greta closes the company, with its branches; of it nothing is left, and nobody gets its name"
ask "$GRETA" DELETE "$at" '' 'If-Match: *'
expect 409 '"code":"in_use"'
ask "$GRETA" DELETE "$at?descendants=true" '' 'If-Match: *'
expect 204
ask "$GRETA" GET "$at"
expect 403
ask "$SUE" POST /v1/orgs "{\"id\":\"$org\"}"
expect 409 '"code":"already_exists"'

printf '\nThat was the tour: every answer was as it says.\n'
