package main

// What the report says around its tables.

const aboutColumns = `### What the columns mean

- *size*: S is 10 organisations of 20 users, M 100 of 100, L 1,000 of 100, XL 10,000 of 100. An organisation has 10 roles of 6 to 30 of the 60
  permissions; a user has 1 to 3 of them, in one organisation or, one user in twenty, in two. The seed is fixed.
- *one goroutine*: what a check takes, the questions being spread at random over all organisations, and half of them allowed. Reading the question is
  part of it. The fast ones are timed in pieces of a tenth of a millisecond; a round's figure is the middle piece's.
- *× floor*: how many times as long as the floor, which is a snapshot of maps and bits, written by hand for just this data
  ([floor.go](../bench/floor.go)): it knows no tree, groups, profiles, access, time, revisions or reasons.
- *two goroutines*: what a check takes each of two goroutines that ask at once. Where they share nothing but memory, it is as long as with one.
- *allocations*: of a check.
- *bytes an assignment*: the heap that is held after everything was asked about, by roles that a user has in an organisation. The input is made on the
  fly and not held.
- *build*: until the first question can be asked, by one call and without a database. The kit reads rows that lie in memory; for the others, to make the
  rows is part of it. What the kit makes when it is first asked about somebody is told below the table.
- *edit until visible*: a user is given one role more, and the first check that has to allow by it has answered. The kit's is without the time within
  its store, where a database would be.
- *after a revocation*: what the check answers when that role is taken away again.
- *compared*: so many questions, strangers' among them, were answered as the generated data says, before anything was timed. One wrong answer fails
  the whole command.
- *Casbin* has its own model of RBAC with domains ([casbin.go](../bench/casbin.go)), with the cheap comparisons in front, which more than halves its
  time. *Cached, hot* is its
  CachedEnforcer before the one enforcer, with the answer to every question in its cache, and nothing else: at XL that is one in 240 of what the
  kit and the floor can answer.
- The *kit* is asked as an application without profiles asks it, by Kit.Can, with a permission as a string.

`

const aboutRequests = `## A Gin request

Through a router of 60 routes to a handler that answers 204, without a network, and with a response that is used again. The identity comes from a header: a
token would cost many times what is measured here. As with checks, a round's figure is the middle one of pieces, so the collecting of garbage is told by the
allocations and not by the time. *The floor adds* is what a handler takes in the place of
Require that does nothing but ask the floor. A *further check* is one of ten that a guarded handler asks by Guard.Can.

`

const aboutLoad = `## Checks while roles are edited

One goroutine checks all over the organisations, and notes how long each check took, with the reading of the clock. *Quiet* is alone; *edits* is beside a
goroutine that edits a custom role's grants and who holds it, without pause, in up to 100 of the organisations in turn. The store is in memory and takes its
part of the processor, and so does the garbage collector.

`

const aboutEdits = `## What an edit takes

Until the first check has decided by it, without the time within the kit's store, which is told beside: it copies rows in memory, where a database would be.

`

const aboutRepeating = "## How to repeat it\n\n" +
	"```\n" +
	"make bench                                  # all of this, and writes this page: some minutes, and some GiB of memory\n" +
	"go run ./bench -short -sizes S,M            # a look, to the terminal\n" +
	"go run ./bench -only kit -sizes XL          # one subject beside the floor\n" +
	"go run ./bench -h                           # all flags\n" +
	"```\n\n" +
	"The machine should do nothing else. `go test ./bench` runs all of it at a tiny size.\n"
