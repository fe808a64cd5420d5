package policytest_test

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/internal/policytest"
)

// report is what servers read of one; they count for themselves what its attributes say.
type report struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Cases    []struct {
			Name    string   `xml:"name,attr"`
			Class   string   `xml:"classname,attr"`
			File    string   `xml:"file,attr"`
			Line    int      `xml:"line,attr"`
			Failure []string `xml:"failure"`
			Error   []string `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// TestJUnit: a report is XML whatever questions and answers hold, and its sums are
// those of what is in it.
func TestJUnit(t *testing.T) {
	outcome := func(wrong string) policytest.Outcome {
		f, err := policytest.Parse("x.yaml", []byte(head+"cases:\n  - {ask: \"a&<'\\\"b jobs:read in toms\", want: yes}\n"))
		if err != nil {
			t.Fatal(err)
		}
		return policytest.Outcome{Case: f.Cases[0], Wrong: wrong}
	}
	results := []policytest.Result{
		{File: &policytest.File{Name: "a<b>.yaml"}, Outcomes: []policytest.Outcome{outcome(""), outcome("- yes\n+ no ]]> &amp; \x01\n"), outcome("- no\n")}},
		{File: &policytest.File{Name: "b.yaml"}, Outcomes: []policytest.Outcome{outcome("")}},
	}
	src, err := policytest.JUnit(results, []policytest.Broken{{Name: "c.yaml", Err: errors.New("c.yaml:1: <wrong>\nand \"more\"")}})
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := xml.Unmarshal(src, &got); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	tests, failures, broken := 0, 0, 0
	for _, s := range got.Suites {
		var failed, errs int
		for _, c := range s.Cases {
			failed, errs = failed+len(c.Failure), errs+len(c.Error)
			if c.Class != s.Name || c.File != s.Name {
				t.Errorf("%+v is in the suite %s", c, s.Name)
			}
		}
		if s.Tests != len(s.Cases) || s.Failures != failed || s.Errors != errs {
			t.Errorf("suite %s says %d tests, %d failures and %d errors, and has %d, %d and %d", s.Name, s.Tests, s.Failures, s.Errors, len(s.Cases), failed, errs)
		}
		tests, failures, broken = tests+s.Tests, failures+failed, broken+errs
	}
	if got.Tests != tests || got.Failures != failures || got.Errors != broken {
		t.Errorf("it says %d tests, %d failures and %d errors, and has %d, %d and %d", got.Tests, got.Failures, got.Errors, tests, failures, broken)
	}
	if diff := cmp.Diff([]int{5, 2, 1}, []int{tests, failures, broken}); diff != "" {
		t.Errorf("tests, failures, errors:\n%s", diff)
	}
	first := got.Suites[0]
	if first.Name != "a<b>.yaml" || first.Cases[1].Name != `a&<'"b jobs:read in toms` || first.Cases[1].Line != 5 ||
		first.Cases[1].Failure[0] != "- yes\n+ no ]]> &amp; \uFFFD\n" {
		t.Errorf("%+v", first)
	}
	if last := got.Suites[2]; !strings.Contains(last.Cases[0].Error[0], "c.yaml:1: <wrong>\nand \"more\"") {
		t.Errorf("%+v", last)
	}
}
