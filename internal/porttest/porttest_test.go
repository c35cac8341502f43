package porttest

import (
	"net"
	"testing"
)

func TestFree(t *testing.T) {
	t.Parallel()
	address, port, err := Free()
	if err != nil {
		t.Fatal(err)
	}
	if port < first || port >= first+count {
		t.Errorf("port: got %d, want one below those of callers", port)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}
