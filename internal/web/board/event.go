package board

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// message is a piece of a stream, finished once for all its viewers: as it is, and deflated. Every piece is deflated without
// regard to what went before, and ends at a whole byte, so that one and the same piece goes on in anybody's gzip stream.
type message struct{ plain, packed []byte }

func newMessage(text []byte) *message { return &message{text, respond.Deflate(nil, text)} }

// bytes are what is sent to a viewer.
func (m *message) bytes(gzip bool) []byte {
	if gzip {
		return m.packed
	}
	return m.plain
}

var (
	// greeting begins a stream: it shows at once that it stands, and says how soon to come again when it breaks.
	greeting = newMessage([]byte("retry: 3000\n: 您好\n\n"))
	// heartbeat keeps what is between from taking the line for dead, and finds those that are.
	heartbeat = newMessage([]byte(":\n\n"))
)

// change is the data of an event.
type change struct {
	Blocks  map[string]string `json:"blocks"`  // HTML by block
	Version string            `json:"version"` // of all blocks
	At      string            `json:"at"`      // RFC 3339
	Updated string            `json:"updated"` // for people
}

// changeOf is the event that leads from a version to what is shown now; nil when nothing changed.
func changeOf(version string, now *drawn) *message {
	changed := changedSince(version, now)
	if len(changed) == 0 {
		return nil
	}
	at := now.at.In(beijing.Zone)
	data := change{Blocks: map[string]string{}, Version: now.version, At: at.Format(time.RFC3339), Updated: at.Format("2006年1月2日 15:04:05")}
	for _, name := range changed {
		data.Blocks[name] = now.blocks[name]
	}
	var text bytes.Buffer
	text.WriteString("event: change\nid: " + now.version + "\ndata: ")
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(data); err != nil {
		panic(err) // strings always encode
	}
	text.WriteString("\n") // Encode has ended the line of data
	return newMessage(text.Bytes())
}
