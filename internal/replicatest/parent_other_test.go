//go:build !linux

package replicatest_test

import "os/exec"

// dieWithParent does nothing where there is no Linux: a replica then outlives a
// test that is killed.
func dieWithParent(*exec.Cmd) {}
