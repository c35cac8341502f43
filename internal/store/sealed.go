package store

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/notice"
)

// sealedColumn is a column of sealed values: how its rows are walked and what each value is bound to.
type sealedColumn struct {
	table, name string
	// keys find a row: the leading ones of the primary key that are unique.
	keys []column
	// context is what the value of a row is bound to, by its keys as text.
	context func(keys []string) string
	// piece is how many values are sealed again in one transaction.
	piece int
}

func (c *sealedColumn) String() string { return c.table + "." + c.name }

// Values are small, but for files.
const (
	sealPiece = 200
	filePiece = 4
)

var (
	caseKeys  = []column{{"slot", "int2"}, {"serial", "text"}, {"version", "int4"}}
	fileKeys  = []column{{"slot", "int2"}, {"serial", "text"}, {"id", "text"}}
	loginKey  = []column{{"login", "text"}}
	appKey    = []column{{"app_code", "text"}}
	subscript = []column{{"id", "text"}}
)

func first(context func(string) string) func([]string) string {
	return func(keys []string) string { return context(keys[0]) }
}

// sealedColumns are all columns of sealed values. A test holds them against the schema: a column of bytes stands here or is named
// there with what it is.
var sealedColumns = []*sealedColumn{
	{"app", "secret", appKey, first(integrator.SecretContext), sealPiece},
	{"app", "old_secret", appKey, first(integrator.SecretContext), sealPiece},
	{"staff", "email", loginKey, first(identity.EmailContext), sealPiece},
	{"staff", "totp", loginKey, first(identity.TOTPContext), sealPiece},
	{"staff", "totp_pending", loginKey, first(identity.TOTPContext), sealPiece},
	{"subscription", "target", subscript, first(notice.TargetContext), sealPiece},
	{"subscription", "secret", subscript, first(notice.SecretContext), sealPiece},
	{"session", "data", []column{{"token", "bytea"}}, func(keys []string) string { return "session:" + keys[0] }, sealPiece},
	{"affair_rejected", "sealed", []column{{"key", "text"}, {"source", "text"}}, func(keys []string) string {
		return affair.RejectedContext(keys[1], keys[0])
	}, sealPiece},
	{"erasure", "wanted", []column{{"id", "text"}}, first(erasure.Context), sealPiece},
	{"case_event", "words", caseKeys, func(keys []string) string {
		version, _ := strconv.Atoi(keys[2]) // it was a number
		return followup.WordsContext(keys[1], version)
	}, sealPiece},
	{"case_file", "name", fileKeys, func(keys []string) string { return followup.NameContext(keys[1], keys[2]) }, sealPiece},
	{"case_file", "content", fileKeys, func(keys []string) string { return followup.FileContext(keys[1], keys[2]) }, filePiece},
	{"affair", "sealed", []column{{"serial_no", "text"}, {"slot", "int2"}}, first(affair.SealedContext), sealPiece},
	{"review", "sealed", []column{{"serial", "text"}, {"slot", "int2"}}, first(func(serial string) string { return serial }), sealPiece},
}

// SealedColumns names all columns of sealed values, as table.column.
func SealedColumns() []string {
	names := make([]string, len(sealedColumns))
	for i, c := range sealedColumns {
		names[i] = c.String()
	}
	return names
}

// shortestSealed is more than any mark that stands where a sealed value stood.
const shortestSealed = 14

// rowKey are the keys of a row as text, bytes in hexadecimal digits: a place in a walk through a table.
type rowKey []string

func (k rowKey) String() string {
	if k == nil {
		return ""
	}
	text, err := json.Marshal([]string(k))
	if err != nil {
		panic(err) // texts always encode
	}
	return string(text)
}

func readRowKey(place string) (rowKey, error) {
	if place == "" {
		return nil, nil
	}
	var keys []string
	if err := json.Unmarshal([]byte(place), &keys); err != nil {
		return nil, fmt.Errorf("read a place in a table: %w", err)
	}
	return keys, nil
}

// arguments are the keys as the database takes them.
func (k rowKey) arguments(keys []column) ([]any, error) {
	if len(k) != len(keys) {
		return nil, errors.New("a place of another table")
	}
	arguments := make([]any, len(keys))
	for i, c := range keys {
		switch c.kind {
		case "text":
			arguments[i] = k[i]
		case "bytea":
			bytes, err := hex.DecodeString(k[i])
			if err != nil {
				return nil, fmt.Errorf("read a place in a table: %w", err)
			}
			arguments[i] = bytes
		default:
			n, err := strconv.ParseInt(k[i], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("read a place in a table: %w", err)
			}
			arguments[i] = n
		}
	}
	return arguments, nil
}

// keyScan reads the keys of a row.
type keyScan struct {
	keys   []column
	texts  []string
	bytes  [][]byte
	number []int64
}

func newKeyScan(keys []column) *keyScan {
	return &keyScan{keys, make([]string, len(keys)), make([][]byte, len(keys)), make([]int64, len(keys))}
}

func (k *keyScan) fields() []any {
	fields := make([]any, len(k.keys))
	for i, c := range k.keys {
		switch c.kind {
		case "text":
			fields[i] = &k.texts[i]
		case "bytea":
			fields[i] = &k.bytes[i]
		default:
			fields[i] = &k.number[i]
		}
	}
	return fields
}

func (k *keyScan) key() rowKey {
	w := make(rowKey, len(k.keys))
	for i, c := range k.keys {
		switch c.kind {
		case "text":
			w[i] = k.texts[i]
		case "bytea":
			w[i] = hex.EncodeToString(k.bytes[i])
		default:
			w[i] = strconv.FormatInt(k.number[i], 10)
		}
	}
	return w
}

// keyList is the keys' names, and placeholders for them from number on.
func keyList(keys []column, from int) (names, placeholders string) {
	n, p := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		n[i], p[i] = k.name, placeholder(from+i)
	}
	return strings.Join(n, ", "), strings.Join(p, ", ")
}
