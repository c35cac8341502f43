// Package backup knows the file that a whole database is written to and restored from: its head, its seal, its checksum, and
// that a file which is there is whole. What stands in it is the store's affair.
//
// The file is a line that names it, the length of its head (4 bytes), the head (JSON), the database as its engine wrote it,
// compressed (zstd) and sealed in pieces, and the SHA-256 of everything before. The key file is not in it.
package backup

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
)

// Extension is how the names of backups end.
const Extension = ".hcpbackup"

// Content is what a backup holds.
type Content struct {
	// Engine is sqlite or postgres: a backup is restored into the engine that it was made of.
	Engine string `json:"engine"`
	// Schema is the number of the last migration.
	Schema int64 `json:"schema"`
}

// Head stands in front of a backup, readable without a key.
type Head struct {
	Content
	// At is the moment whose state it holds.
	At time.Time `json:"at"`
	// Index is the fingerprint of the index key, as the database knows it: under another one nothing would be found again.
	Index string `json:"index"`
	// Seal says with which key it is sealed.
	Seal privacy.StreamHead `json:"seal"`
}

// Of says whether it is of the database with this index key on this engine.
func (h *Head) Of(keys *privacy.Keys, engine string) bool {
	return h.Engine == engine && h.Index == fingerprint(keys)
}

// Source is a database that can write itself down.
type Source interface {
	// Dump writes the database as it is at one moment to what begin gives. Others read and write meanwhile.
	Dump(ctx context.Context, begin func(Content) (io.Writer, error)) error
}

// What is wrong with a backup, in words for the operator.
var (
	ErrNone     = errors.New("这不是 haochaping 的备份文件")
	ErrNewer    = errors.New("备份文件的格式比本程序新，请用做备份的那个版本或更新的版本")
	ErrCut      = errors.New("备份文件不完整（结尾缺失），不能使用，请换一份备份")
	ErrDamaged  = errors.New("备份文件已损坏或被改动，不能使用，请换一份备份")
	ErrKey      = errors.New("密钥文件不是做备份时的那一个，打不开这份备份；请找回当时的密钥文件")
	ErrExists   = errors.New("已经存在，未改动；请换一个文件名")
	ErrUnderWay = errors.New("另一个进程正在写这份备份")
)
