// Package replicatest proves what rolekit promises of many replicas on one
// database, and of what goes wrong: with the real program, real databases and
// brokers, and files on a disk that is full. It holds nothing but tests.
//
// They take more than a minute together. With -short those are left out that
// need programs or servers of their own. With -long, outages of brokers last for
// a minute:
//
//	go test ./internal/replicatest -v -long
package replicatest
