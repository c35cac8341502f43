package board

import (
	"bytes"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/web/respond"
)

// viewer is who looks at a state and is told what changes. One who can't take a message at once is dropped: his page comes
// again by itself and is told all it missed.
type viewer interface {
	// send is false when the viewer is gone or too slow.
	send(m *message) bool
	close()
}

const (
	// slowness is how long a message may take where it can't be handed to the system at once, as with TLS.
	slowness = 250 * time.Millisecond
	// lineBuffer is how much may be on its way to a viewer: some whole boards.
	lineBuffer = 256 << 10
)

// line is a viewer over HTTP/1.1. His connection was taken from the server: no goroutine and no buffer stays with him.
type line struct {
	connection net.Conn
	gzip       bool
}

// newLine takes over the connection of a request and begins its answer.
func newLine(w http.ResponseWriter, gzip bool) (*line, error) {
	header := w.Header().Clone()
	header.Set("Connection", "close") // the answer ends with the connection
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	if tcp, ok := bare(connection).(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(lineBuffer) // without it he is dropped sooner
	}
	l := &line{connection, gzip}
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&head) // to memory
	head.WriteString("\r\n")
	if gzip {
		head.Write(respond.GzipHead)
	}
	head.Write(greeting.bytes(gzip))
	if !l.write(head.Bytes()) {
		l.close()
		return nil, net.ErrClosed
	}
	return l, nil
}

func (l *line) send(m *message) bool { return l.write(m.bytes(l.gzip)) }

// write hands bytes to the system, which sends them; what it does not take at once the viewer is too slow for.
func (l *line) write(b []byte) bool {
	if tcp, ok := l.connection.(*net.TCPConn); ok {
		if whole, possible := writeNow(tcp, b); possible {
			return whole
		}
	}
	if err := l.connection.SetWriteDeadline(time.Now().Add(slowness)); err != nil {
		return false
	}
	_, err := l.connection.Write(b)
	return err == nil
}

// close closes the line without a farewell, for which a slow viewer would have to be waited for.
func (l *line) close() { _ = bare(l.connection).Close() } // whether it was open or not

// bare is the connection below TLS.
func bare(connection net.Conn) net.Conn {
	if secured, ok := connection.(interface{ NetConn() net.Conn }); ok {
		return secured.NetConn()
	}
	return connection
}

// stream is a viewer over HTTP/2, whose handler goes on as long as he looks.
type stream struct {
	messages chan *message
	gzip     bool
	once     sync.Once
}

const (
	// streamWaiting is how many messages may wait for a viewer over HTTP/2.
	streamWaiting = 4
	// streamSlowness is how long one may take.
	streamSlowness = 10 * time.Second
)

func newStream(gzip bool) *stream {
	return &stream{messages: make(chan *message, streamWaiting), gzip: gzip}
}

func (s *stream) send(m *message) bool {
	select {
	case s.messages <- m:
		return true
	default:
		return false
	}
}

func (s *stream) close() { s.once.Do(func() { close(s.messages) }) }

// run writes to the viewer until he is gone or closed.
func (s *stream) run(w http.ResponseWriter, r *http.Request) {
	controller := http.NewResponseController(w)
	write := func(b []byte) bool {
		if err := controller.SetWriteDeadline(time.Now().Add(streamSlowness)); err != nil {
			return false
		}
		if _, err := w.Write(b); err != nil {
			return false
		}
		return controller.Flush() == nil
	}
	var head []byte
	if s.gzip {
		head = append(head, respond.GzipHead...)
	}
	if !write(append(head, greeting.bytes(s.gzip)...)) {
		return
	}
	// The server's own limits are on a request; this one has none but those of each message.
	_ = controller.SetWriteDeadline(time.Time{})
	for {
		select {
		case m, open := <-s.messages:
			if !open || !write(m.bytes(s.gzip)) {
				return
			}
			_ = controller.SetWriteDeadline(time.Time{})
		case <-r.Context().Done():
			return
		}
	}
}
