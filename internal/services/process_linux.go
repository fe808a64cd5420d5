package services

import (
	"cmp"
	"syscall"
)

// attributes let a command end with the thread that started it, and run as an
// account.
func attributes(c command) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: cmp.Or(c.stop, syscall.SIGKILL)}
	if c.as != nil {
		attributes.Credential = &syscall.Credential{Uid: c.as.user, Gid: c.as.group}
	}
	return attributes
}
