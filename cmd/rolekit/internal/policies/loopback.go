package policies

import "net"

// isLoopback reports whether a host is this machine, as far as its name tells.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
