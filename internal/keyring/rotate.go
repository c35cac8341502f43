package keyring

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Operator changes the keys of an installation: one key file and the database.
type Operator struct {
	store Store
	file  string
	now   func() time.Time
}

// NewOperator makes an operator of a key file.
func NewOperator(store Store, file string, now func() time.Time) *Operator {
	return &Operator{store, file, now}
}

// maxKeys is how many ids there are; one id is never given twice.
const maxKeys = 255

// Add puts a fresh key into the key file and makes it known, or goes on with one that was added and does not seal yet. added is false
// for such a one. The file stands before the database knows of it: a crash between leaves a key nobody uses.
func (o *Operator) Add(ctx context.Context) (id byte, added bool, err error) {
	file, keys, err := o.read(ctx)
	if err != nil {
		return 0, false, err
	}
	last := byte(0)
	for _, k := range keys {
		last = max(last, k.ID)
		if k.State == Added {
			if file.Fingerprint(k.ID) != k.Fingerprint {
				return 0, false, fault.NewConflict(fmt.Sprintf("%d 号密钥已经加入但尚未启用，它不在密钥文件 %s 中。请用加入它时的那份密钥文件", k.ID, o.file))
			}
			return k.ID, false, nil
		}
	}
	for _, id := range file.IDs() {
		if !slices.ContainsFunc(keys, func(k Key) bool { return k.ID == id }) {
			return id, true, o.store.AddKey(ctx, Key{ID: id, Fingerprint: file.Fingerprint(id), At: o.now()})
		}
	}
	if last == maxKeys {
		return 0, false, fault.NewConflict("密钥编号已用完（最多 255 个）")
	}
	id = last + 1
	file = file.With(id)
	if err := privacy.ReplaceKeyFile(o.file, file); err != nil {
		return 0, false, err
	}
	return id, true, o.store.AddKey(ctx, Key{ID: id, Fingerprint: file.Fingerprint(id), At: o.now()})
}

func (o *Operator) read(ctx context.Context) (*privacy.Keys, []Key, error) {
	file, err := privacy.ReadKeys(o.file)
	if err != nil {
		return nil, nil, err
	}
	keys, err := o.store.SealingKeys(ctx)
	if err != nil {
		return nil, nil, err
	}
	return file, keys, Fits(o.file, file, keys)
}

// Lacking are the nodes that are alive and don't know a key yet.
func (o *Operator) Lacking(ctx context.Context, id byte) ([]string, error) {
	nodes, err := o.store.SealingNodes(ctx)
	var names []string
	for i := range nodes {
		if !nodes[i].Knows(id) {
			names = append(names, nodes[i].Name)
		}
	}
	return names, err
}

// Activate makes an added key the one that seals, in all processes within seconds.
func (o *Operator) Activate(ctx context.Context, id byte) error {
	if err := o.store.ActivateKey(ctx, id); err != nil {
		return err
	}
	file, err := privacy.ReadKeys(o.file)
	if err != nil {
		return err
	}
	file.Active = id // for programs that don't ask the database
	return privacy.ReplaceKeyFile(o.file, file)
}

// Retire takes a former key out of use and out of the key file, and keeps the file as it was as kept: what was backed up before is
// still sealed with it. fault.Conflict, with words, as long as anything is sealed with it.
func (o *Operator) Retire(ctx context.Context, id byte) (kept string, err error) {
	file, keys, err := o.read(ctx)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(keys, func(k Key) bool { return k.ID == id })
	switch {
	case at < 0:
		return "", fault.NewMissing(fmt.Sprintf("没有 %d 号密钥；看有哪些：haochaping key status", id))
	case keys[at].State == Active:
		return "", fault.NewConflict(fmt.Sprintf("%d 号密钥正在使用。请先轮换：haochaping key rotate", id))
	case keys[at].State == Added:
		return "", fault.NewConflict(fmt.Sprintf("%d 号密钥已加入、尚未启用。请先完成轮换：haochaping key rotate", id))
	case keys[at].State == Former:
		if err := o.unused(ctx, id); err != nil {
			return "", err
		}
		if err := o.store.RetireKey(ctx, id); err != nil {
			return "", err
		}
		// Somebody may have sealed with it between the count and this: then it is to be had again, from the file that is kept.
	}
	if file.Fingerprint(id) == "" {
		return "", nil
	}
	kept = fmt.Sprintf("%s.retired-%d", o.file, id)
	if err := keep(o.file, kept); err != nil {
		return "", err
	}
	return kept, privacy.ReplaceKeyFile(o.file, file.Without(id))
}

// unused refuses while anything is sealed with a key.
func (o *Operator) unused(ctx context.Context, id byte) error {
	counts, err := o.store.SealedWith(ctx)
	if err != nil {
		return err
	}
	var left []string
	for _, c := range counts {
		if c.Key == id {
			left = append(left, fmt.Sprintf("%s %d 条", c.Column, c.Values))
		}
	}
	if len(left) == 0 {
		return nil
	}
	if err := o.store.Unclean(ctx, id); err != nil {
		return err
	}
	return fault.NewConflict(fmt.Sprintf("还有内容用 %d 号密钥加密，不能停用：%s。运行中的服务会在后台改用新密钥重新加密，请稍后再试；进度：haochaping key status", id, strings.Join(left, "，")))
}

// keep writes a copy of a key file, with mode 0600, that is not there yet.
func keep(file, copied string) error {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names his own key file
	if err != nil {
		return fmt.Errorf("keep the key file: %w", err)
	}
	if was, err := os.ReadFile(copied); err == nil && string(was) == string(text) { //nolint:gosec // beside it
		return nil
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil { //nolint:gosec // beside it
		return fmt.Errorf("keep the key file: %w", err)
	}
	return nil
}
