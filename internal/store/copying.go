package store

import (
	"encoding/binary"
	"time"
)

// copying is the text of a binary COPY: rows of columns, each with its length before it. Thousands of rows cost a piece of
// memory and nothing else.
type copying []byte

// copyHead begins and copyEnd ends the text of a binary COPY: the signature, no flags, no extension; and a row of -1 columns.
const (
	copyHead = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
	copyEnd  = "\xff\xff"
)

func (c copying) row(columns int) copying {
	return binary.BigEndian.AppendUint16(c, uint16(columns)) //nolint:gosec // a small number
}

func (c copying) null() copying { return append(c, 0xff, 0xff, 0xff, 0xff) }

func (c copying) length(n int) copying {
	return binary.BigEndian.AppendUint32(c, uint32(n)) //nolint:gosec // limits are far below
}

func (c copying) texts(texts ...string) copying {
	for _, text := range texts {
		c = append(c.length(len(text)), text...)
	}
	return c
}

func (c copying) bytes(bytes []byte) copying { return append(c.length(len(bytes)), bytes...) }

func (c copying) int2(n int) copying {
	return binary.BigEndian.AppendUint16(c.length(2), uint16(n)) //nolint:gosec // smallint
}

func (c copying) optional(n *int) copying {
	if n == nil {
		return c.null()
	}
	return c.int2(*n)
}

func (c copying) int4(n int) copying {
	return binary.BigEndian.AppendUint32(c.length(4), uint32(n)) //nolint:gosec // integer
}

func (c copying) moment(at time.Time) copying {
	if at.IsZero() {
		return c.null()
	}
	return binary.BigEndian.AppendUint64(c.length(8), uint64(at.UnixMicro()))
}
