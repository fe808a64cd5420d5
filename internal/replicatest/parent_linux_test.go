package replicatest_test

import (
	"os/exec"
	"syscall"
)

// dieWithParent lets a command end with the thread that starts it: a test that
// panics or is killed cleans nothing up.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
