//go:build !linux

package services

import "syscall"

// attributes are nothing where there is no Linux: a server then outlives a test
// that is killed, and one that refuses to run as root says so.
func attributes(command) *syscall.SysProcAttr { return nil }
