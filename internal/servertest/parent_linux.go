package servertest

import "syscall"

// dieWithParent lets the kernel end the server when the test binary dies without running its cleanups.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
