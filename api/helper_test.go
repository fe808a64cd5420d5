package api_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

// safeBuffer is a buffer that a server may write to while a test reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func show(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// has fails the test unless the text holds all of these.
func has(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(text, s) {
			t.Errorf("%s lacks %s", text, s)
		}
	}
}

// lacks fails the test where the text holds one of these.
func lacks(t *testing.T, text string, none ...string) {
	t.Helper()
	for _, s := range none {
		if strings.Contains(text, s) {
			t.Errorf("%s holds %s", text, s)
		}
	}
}
