package main

import (
	"context"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// small is everything, where each thing takes no time to speak of.
func small() *options {
	return &options{
		sizes: []size{{"S", 6, 20}, {"XL", 12, 20}}, big: size{"many", 3, 200}, told: io.Discard, memory: available,
		pace: pace{rounds: 2, round: time.Millisecond, compare: 50 * time.Millisecond, edits: 2},
	}
}

// measured is everything, measured once for all tests.
func measured(t *testing.T) (*results, string) {
	t.Helper()
	r, err := measure(t.Context(), small())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	r.report(&text, thisMachine(), []string{"-short"})
	return r, text.String()
}

func TestMeasure(t *testing.T) {
	r, text := measured(t)
	if len(r.worlds) != 4 {
		t.Fatalf("measured %d worlds, want 2 sizes with custom and with default roles", len(r.worlds))
	}
	for _, w := range r.worlds {
		for _, k := range keys() {
			row := w.row(k)
			if row == nil {
				t.Errorf("%s: %s was not measured", w.world, k)
				continue
			}
			if row.compared < fewestCompared {
				t.Errorf("%s: %s was asked %d questions before it was timed", w.world, k, row.compared)
			}
			if row.stale != (k == cachedKey) {
				t.Errorf("%s: %s allows after a revocation: %v", w.world, k, row.stale)
			}
			if row.heap < 100 && k != floorKey && k != kitKey { // which hold less here than what comes and goes
				t.Errorf("%s: %s holds %v bytes an assignment", w.world, k, row.heap)
			}
			if len(row.one) == 0 || len(row.two) == 0 || len(row.visible) == 0 || row.build == 0 {
				t.Errorf("%s: %s lacks figures: %+v", w.world, k, row)
			}
		}
	}
	for _, g := range r.goals() {
		sizeless := strings.Contains(g.what, "heap") // of L as well
		if len(g.figures) == 0 && !sizeless {
			t.Errorf("nothing was measured for the goal: %s", g.what)
		}
	}
	checkTables(t, text)
}

// checkTables looks whether every table of a report has rows, and every row all of
// its cells.
func checkTables(t *testing.T, report string) {
	t.Helper()
	want := map[string]int{ // rows below each title
		"## What the compiled engine has to show":                  len((&results{}).goals()),
		"## A check, where each organisation has roles of its own": 2 * len(keys()),
		"## A check, where all organisations share default roles":  2 * len(keys()),
		"## A Gin request":                 4,
		"## Checks while roles are edited": 8,
		"## What an edit takes":            2 + 2 + 3 + 3 + 2,
	}
	title, columns, rows := "", 0, map[string]int{}
	for line := range strings.Lines(report) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			title, columns = line, 0
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		switch {
		case !strings.HasPrefix(line, "|"), strings.HasPrefix(line, "| ---"):
		case columns == 0:
			columns = len(cells)
		default:
			rows[title]++
			if len(cells) != columns {
				t.Errorf("%s: a row of %d cells, want %d: %s", title, len(cells), columns, line)
			}
			for i, cell := range cells {
				if strings.TrimSpace(cell) == "" && i > 2 || strings.Contains(cell, "NaN") || strings.Contains(cell, "Inf") {
					t.Errorf("%s: cell %d holds nothing: %s", title, i, line)
				}
			}
		}
	}
	for title, n := range want {
		if rows[title] != n {
			t.Errorf("%s: %d rows, want %d", title, rows[title], n)
		}
	}
}

func TestWhatTakesTooMuchMemoryIsLeftOut(t *testing.T) {
	o := small()
	o.sizes, o.only = o.sizes[:1], []string{string(kitKey), string(plainKey), string(perOrgKey), string(kitSlowKey), string(cachedKey)}
	o.memory = func() (int, bool) { return 1 << 10, true }
	r, err := measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.worlds[0].rows {
		slow := row.key != floorKey && row.key != kitKey
		if (row.missing != "") != slow || slow && len(row.one) > 0 {
			t.Errorf("%s is left out because %q, and was timed in %d rounds", row.key, row.missing, len(row.one))
		}
	}
	var text strings.Builder
	r.report(&text, thisMachine(), nil)
	if n := strings.Count(text.String(), "is left out: it"); n != 8 {
		t.Errorf("the report tells %d times why something is left out, want 4 subjects in 2 worlds", n)
	}
}

// wrong is a subject that answers one question otherwise.
type wrong struct {
	floorSubject

	about question
}

func (s wrong) ask(questions []question) (allowed int, err error) {
	for i, q := range questions {
		one, err := s.floorSubject.ask(questions[i : i+1])
		if err != nil {
			return 0, err
		}
		if q == s.about {
			one = 1 - one
		}
		allowed += one
	}
	return allowed, nil
}

func TestAWrongAnswerFails(t *testing.T) {
	w := newWorld(size{"S", 6, 20}, false)
	questions := append(w.draw(), w.strangers(w.draw())...)
	f := floorSubject{floor: newFloor(w)}
	if n, err := compare(f, questions, time.Minute); err != nil || n != len(questions) {
		t.Fatalf("compared %d of %d: %v", n, len(questions), err)
	}
	for _, at := range []int{0, len(questions) / 3, len(questions) - 1} {
		if _, err := compare(wrong{f, questions[at]}, questions, time.Minute); err == nil {
			t.Errorf("answer %d is wrong, and nobody noticed", at)
		}
	}
}

// forgetful does not take a role away.
type forgetful struct{ floorSubject }

func (forgetful) revoke(context.Context, string, string, int) error { return nil }

func TestAStaleGrantFails(t *testing.T) {
	tr := newTrial(newWorld(size{"S", 6, 20}, true), small())
	f := floorSubject{floor: newFloor(tr.world)}
	if err := tr.edit(t.Context(), &running{row: &row{key: perOrgKey}, subject: f}); err != nil {
		t.Error(err)
	}
	if err := tr.edit(t.Context(), &running{row: &row{key: perOrgKey}, subject: forgetful{f}}); err == nil {
		t.Error("a role that was taken still allows, and nobody noticed")
	}
}

// Half of the questions are allowed, and no subject holds the strings they are in.
func TestQuestions(t *testing.T) {
	w := newWorld(size{"S", 20, 50}, true)
	questions := w.draw()
	allowed, orgs := 0, map[string]bool{}
	for _, q := range questions {
		if orgs[q.org] = true; q.allowed {
			allowed++
		}
	}
	if share := float64(allowed) / float64(len(questions)); share < 0.47 || share > 0.53 {
		t.Errorf("%.2f of the questions are allowed", share)
	}
	if len(orgs) != w.orgs {
		t.Errorf("the questions are about %d organisations of %d", len(orgs), w.orgs)
	}
}

func TestDigits(t *testing.T) {
	for n, want := range map[float64]string{0: "0", -0.001: "0", 0.004: "0", 2: "2.00", -2: "-2.00", 64.04: "64.0", 1234.5: "1234"} {
		if got := digits(n); got != want {
			t.Errorf("%v is written %q, want %q", n, got, want)
		}
	}
}

// What a transaction does in the store must not count as the kit's time.
func TestStopwatch(t *testing.T) {
	own := reflect.TypeFor[*writer]()
	for m := range reflect.TypeFor[rolekit.Writer]().Methods() {
		method, _ := own.MethodByName(m.Name)
		if file, _ := runtime.FuncForPC(method.Func.Pointer()).FileLine(method.Func.Pointer()); !strings.HasSuffix(file, "store_write.go") {
			t.Errorf("writer does not measure %s", m.Name)
		}
	}
}

func TestFlags(t *testing.T) {
	tests := []struct {
		args string
		ok   bool
	}{
		{"-sizes S,XL -only kit,gin -short", true},
		{"-sizes S,,M", false},
		{"-sizes XXL", false},
		{"-only kitten", false},
		{"S", false},
	}
	for _, test := range tests {
		if _, err := parse(strings.Fields(test.args), io.Discard); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.args, err)
		}
	}
}

func TestShort(t *testing.T) {
	for nanoseconds, want := range map[float64]string{
		0: "0 ns", 7.3: "7.30 ns", 41.26: "41.3 ns", 999.4: "999 ns", 999.9: "1.00 µs", 12345: "12.3 µs", 4.56e6: "4.56 ms", 1.2e9: "1.20 s", -5e4: "-50.0 µs",
	} {
		if got := short(nanoseconds); got != want {
			t.Errorf("%v is written %q, want %q", nanoseconds, got, want)
		}
	}
}
