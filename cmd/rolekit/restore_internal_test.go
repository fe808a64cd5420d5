package main

import "testing"

// Only a file can be missing: a server's database is planned for where it is.
func TestAServerHasNoDraft(t *testing.T) {
	t.Parallel()
	at, err := parseAddress("postgres://db.example/roles")
	if err != nil {
		t.Fatal(err)
	}
	where := kitPlace{at: at}
	first, drop, err := where.draft()
	if err != nil {
		t.Fatal(err)
	}
	defer drop()
	if first != where {
		t.Errorf("the plan is made at %+v", first.at)
	}
}
