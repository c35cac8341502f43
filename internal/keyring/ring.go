package keyring

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
)

// Ring keeps the sealer of one process at the keys that count: those of the key file, and of them the one that the database
// names.
type Ring struct {
	store  Store
	sealer *privacy.Sealer
	file   string
	name   string
	now    func() time.Time

	mu     sync.Mutex // guards what follows
	keys   *privacy.Keys
	stamp  stamp
	noted  Node
	warned string
}

// stamp tells one state of the key file from another.
type stamp struct {
	size int64
	at   time.Time
}

// NewRing makes the ring of a process that has read keys from file. name is the process's own.
func NewRing(store Store, sealer *privacy.Sealer, file, name string, keys *privacy.Keys, now func() time.Time) *Ring {
	return &Ring{store: store, sealer: sealer, file: file, name: name, keys: keys, now: now, stamp: stampOf(file)}
}

func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// Join holds the key file against the database, and has the process seal with the key that counts. Its error says, in words for
// the operator, which key is missing or wrong.
func (r *Ring) Join(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := r.store.SealingKeys(ctx)
	if err == nil && len(keys) == 0 {
		if err = r.store.RegisterKeys(ctx, keysOf(r.keys, r.now())); err == nil {
			keys, err = r.store.SealingKeys(ctx)
		}
	}
	if err != nil {
		return err
	}
	if err := Fits(r.file, r.keys, keys); err != nil {
		return err
	}
	return r.use(ctx, keys)
}

// Look is Join for who only reads what is sealed: nobody waits for this process, and nothing is written.
func (r *Ring) Look(ctx context.Context) error {
	keys, err := r.store.SealingKeys(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return Fits(r.file, r.keys, keys)
}

// Fits says what of the keys in use is missing from a key file, or is another one there.
func Fits(file string, held *privacy.Keys, keys []Key) error {
	for _, k := range keys {
		switch is := held.Fingerprint(k.ID); {
		case k.State == Retired, k.State == Added && is == "":
			// Who does not know an added key is told when it is to seal.
		case is == "":
			return fmt.Errorf("密钥文件 %s 中没有 %d 号密钥，库中有用它加密的内容。请换用含有它的密钥文件：轮换密钥（key rotate）时更新的那一份，或 key retire 时另存的 .retired-%[2]d 文件", file, k.ID)
		case is != k.Fingerprint:
			return fmt.Errorf("密钥文件 %s 中的 %d 号密钥与数据库的不是同一个（文件 %s，数据库 %s）。请换回轮换密钥（key rotate）时更新的密钥文件", file, k.ID, is, k.Fingerprint)
		}
	}
	return nil
}

// use has the sealer use what counts, and notes this process.
func (r *Ring) use(ctx context.Context, keys []Key) error {
	active := r.sealer.Active()
	for _, k := range keys {
		if k.State == Active && r.keys.Fingerprint(k.ID) == k.Fingerprint {
			active = k.ID
		}
	}
	if active != r.sealer.Active() {
		if err := r.sealer.Use(r.keys, active); err != nil {
			return err
		}
	}
	known := make([]byte, 0, len(keys))
	for _, k := range keys {
		if r.keys.Fingerprint(k.ID) == k.Fingerprint {
			known = append(known, k.ID)
		}
	}
	is := Node{Name: r.name, Known: known, Active: active, SeenAt: r.now()}
	if string(is.Known) == string(r.noted.Known) && is.Active == r.noted.Active && is.SeenAt.Sub(r.noted.SeenAt) < Alive/4 {
		return nil
	}
	if err := r.store.NoteNode(ctx, is); err != nil {
		return err
	}
	r.noted = is
	return nil
}

// Refresh reads the key file again when it changed, and takes over which key seals. A file that can't be read, or lacks a key that
// is in use, is left aside: the keys in memory stay.
func (r *Ring) Refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := r.store.SealingKeys(ctx)
	if err != nil {
		return err
	}
	var left error
	if is := stampOf(r.file); is != r.stamp {
		left = r.reread(is, keys)
	}
	if err := r.use(ctx, keys); err != nil {
		return err
	}
	return left
}

func (r *Ring) reread(is stamp, keys []Key) error {
	fresh, err := privacy.ReadKeys(r.file)
	if err != nil {
		return err
	}
	if string(fresh.Index) != string(r.keys.Index) {
		return fmt.Errorf("密钥文件 %s 不是这个数据库的，继续使用原来的密钥", r.file)
	}
	if err := Fits(r.file, fresh, keys); err != nil {
		return err
	}
	active := r.sealer.Active()
	if fresh.Fingerprint(active) == "" {
		active = fresh.Active
	}
	if err := r.sealer.Use(fresh, active); err != nil {
		return err
	}
	r.keys, r.stamp = fresh, is
	return nil
}

// Keep refreshes until ctx ends, and seals again what former keys sealed.
func (r *Ring) Keep(ctx context.Context, log *slog.Logger) {
	var both sync.WaitGroup
	both.Go(func() { r.KeepFresh(ctx, log) })
	both.Go(func() { r.keepResealing(ctx, log) })
	both.Wait()
}

// KeepFresh refreshes until ctx ends: for who seals for a while, but leaves sealing again to others.
func (r *Ring) KeepFresh(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(Beat)
	defer ticker.Stop()
	for {
		err := r.Refresh(ctx)
		r.warn(ctx, log, err)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// warn logs what is wrong once as long as it stays the same.
func (r *Ring) warn(ctx context.Context, log *slog.Logger, err error) {
	text := ""
	if err != nil && ctx.Err() == nil {
		text = err.Error()
	}
	r.mu.Lock()
	again := text == r.warned
	r.warned = text
	r.mu.Unlock()
	if text != "" && !again {
		log.Warn("read the keys", "error", err)
	}
}

// Leave tells others that this process seals no more.
func (r *Ring) Leave(ctx context.Context) error { return r.store.LeaveNode(ctx, r.name) }

// restTimes is how many times as long as a piece took is rested after it, leastRest at least; idle is between two looks whether
// there is anything to do. So sealing again takes at most a quarter of one connection's time.
const (
	restTimes = 3
	leastRest = 20 * time.Millisecond
	idle      = 5 * time.Second
)

func (r *Ring) keepResealing(ctx context.Context, log *slog.Logger) {
	total, failed := 0, 0
	for ctx.Err() == nil {
		begun := time.Now()
		piece, err := r.store.Reseal(ctx, r.sealer.Active(), r.again)
		rest := max(restTimes*time.Since(begun), leastRest)
		total, failed = total+piece.Sealed, failed+piece.Failed
		switch {
		case err != nil && ctx.Err() == nil:
			log.Warn("seal again", "error", err)
			rest = idle
		case piece.Failed > 0:
			log.Error("sealed values don't open and stay as they are", "column", piece.FailedIn, "values", piece.Failed)
		case !piece.Going:
			if total+failed > 0 {
				log.Info("sealed again with the active key", "key", r.sealer.Active(), "values", total, "failed", failed)
			}
			total, failed, rest = 0, 0, idle
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

// again opens a value and seals it with the active key.
func (r *Ring) again(sealed []byte, context string) ([]byte, error) {
	plain, err := r.sealer.Open(sealed, context)
	if err != nil {
		return nil, err
	}
	return r.sealer.Seal(plain, context), nil
}
