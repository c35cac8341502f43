package venue

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

// MaxUpload is the most bytes of a list that is sent in by a browser.
const MaxUpload = 8 << 20

// uploadAge is how long a list waits to be applied.
const uploadAge = 2 * time.Hour

// Upload is a list that a person sent in and has not applied yet.
type Upload struct {
	Login, ID, Name string
	Data            []byte
	Digest          string // of the plan that he was shown
	At              time.Time
}

// UploadStore keeps uploads, one a person.
type UploadStore interface {
	// KeepUpload takes the place of the person's last one.
	KeepUpload(ctx context.Context, u Upload) error
	// Upload is a fault of kind Missing when the person has no such one.
	Upload(ctx context.Context, login, id string) (*Upload, error)
	// DropUploads deletes the person's, and those of everybody kept before a moment.
	DropUploads(ctx context.Context, login string, before time.Time) error
}

// Imports takes lists from browsers: first it is said what would happen, then exactly that is done, by whichever process.
type Imports struct {
	venues *Service
	store  UploadStore
	now    func() time.Time
}

// NewImports makes a service.
func NewImports(venues *Service, store UploadStore, now func() time.Time) *Imports {
	return &Imports{venues, store, now}
}

// limits bound a list from a browser more than one that an administrator reads at the server.
func limits() sheet.Limits {
	l := sheet.Usual()
	l.Bytes, l.Unzipped, l.Rows = MaxUpload, 128<<20, 50_000
	return l
}

// Examine says what importing a file would do and keeps it under an id for Apply. A list with faults is not kept.
func (i *Imports) Examine(ctx context.Context, login, name string, data []byte, bound Bound) (*Plan, string, error) {
	if len(data) == 0 {
		return nil, "", fault.NewInvalid(fault.Violation{Field: "file", Reason: "请选择填好的表格"})
	}
	p, err := i.plan(ctx, data, bound)
	if err != nil || len(p.Faults) > 0 {
		return p, "", err
	}
	digest, err := p.digest()
	if err != nil {
		return nil, "", err
	}
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	u := Upload{Login: login, ID: rand.Text(), Name: name, Data: data, Digest: digest, At: i.now()}
	err = i.store.DropUploads(ctx, login, u.At.Add(-uploadAge))
	if err == nil {
		err = i.store.KeepUpload(ctx, u)
	}
	if err != nil {
		return nil, "", fmt.Errorf("keep a list: %w", err)
	}
	return p, u.ID, nil
}

func (i *Imports) plan(ctx context.Context, data []byte, bound Bound) (*Plan, error) {
	rows, err := sheet.Read(data, PageName, limits())
	if err != nil {
		if f := fault.KindOf(err); f == fault.Invalid {
			return nil, fault.NewInvalid(fault.Violation{Field: "file", Reason: "这个文件" + err.Error()})
		}
		return nil, err
	}
	return i.venues.PlanWithin(ctx, rows, bound)
}

// PlanChangedError is in the error when a plan is another one than the person was shown.
type PlanChangedError struct{ Plan *Plan }

// Error implements error.
func (*PlanChangedError) Error() string { return "the plan is another one than was shown" }

// Apply does what Examine said, and only that: where it would do something else by now, since somebody changed a hall
// meanwhile, nothing is done, and *PlanChangedError holds what it would do; the same id then stands for that. tell gives
// a word for the audit log.
func (i *Imports) Apply(ctx context.Context, login, id string, bound Bound) (*Plan, error) {
	u, err := i.store.Upload(ctx, login, id)
	if err != nil {
		return nil, fmt.Errorf("find a list: %w", err)
	}
	if i.now().Sub(u.At) > uploadAge {
		return nil, fault.NewMissing("预演已过了两小时，请重新上传表格")
	}
	p, err := i.plan(ctx, u.Data, bound)
	if err != nil {
		return nil, err
	}
	digest, err := p.digest()
	if err != nil {
		return nil, err
	}
	if digest != u.Digest {
		u.Digest = digest
		if err := i.store.KeepUpload(ctx, *u); err != nil {
			return nil, fmt.Errorf("keep a list: %w", err)
		}
		return nil, &PlanChangedError{p}
	}
	if err := i.venues.Apply(ctx, p, func(int, int) {}); err != nil {
		return nil, err
	}
	if err := i.store.DropUploads(ctx, login, i.now().Add(-uploadAge)); err != nil {
		return nil, fmt.Errorf("drop a list: %w", err)
	}
	return p, nil
}

// digest tells two plans apart.
func (p *Plan) digest() (string, error) {
	text, err := json.Marshal([]any{p.Faults, p.Changes, p.moves, p.edits, p.adds})
	if err != nil {
		return "", fmt.Errorf("digest of a plan: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
