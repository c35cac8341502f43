package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/keyring"
)

var _ keyring.Store = (*Store)(nil)

func (s *Store) aliveSince() int64 { return s.now().Add(-keyring.Alive).UnixMicro() }

// SealingKeys are all keys; see keyring.Store.
func (s *Store) SealingKeys(ctx context.Context) ([]keyring.Key, error) {
	var keys []keyring.Key
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT id, fingerprint, state, at, clean_at FROM sealing_key ORDER BY id")
	err = each(rows, err, func(rows *sql.Rows) error {
		var k keyring.Key
		var at, clean int64
		err := rows.Scan(&k.ID, &k.Fingerprint, &k.State, &at, &clean)
		if k.At = moment(at); clean > 0 {
			k.Clean = moment(clean)
		}
		keys = append(keys, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the sealing keys: %w", s.readFault(err))
	}
	return keys, nil
}

const keyInsertion = "INSERT INTO sealing_key (id, fingerprint, state, at, clean_at) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (id) DO NOTHING"

// RegisterKeys makes the first keys known; see keyring.Store. Of two that come at once one finds them known.
func (s *Store) RegisterKeys(ctx context.Context, keys []keyring.Key) error {
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		for _, k := range keys {
			if _, err := tx.ExecContext(ctx, keyInsertion, int(k.ID), k.Fingerprint, int(k.State), s.now().UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("register the sealing keys: %w", err)
	}
	return nil
}

// AddKey makes one more key known; see keyring.Store.
func (s *Store) AddKey(ctx context.Context, k keyring.Key) error {
	return s.changeKey(ctx, audit.Entry{Action: "key.add", Object: keyObject(k.ID), After: "已加入，指纹 " + k.Fingerprint}, func(tx *sql.Tx) error {
		return changed(tx.ExecContext(ctx, keyInsertion, int(k.ID), k.Fingerprint, int(keyring.Added), s.now().UnixMicro()))
	})
}

// ActivateKey makes a key the active one; see keyring.Store.
func (s *Store) ActivateKey(ctx context.Context, id byte) error {
	return s.changeKey(ctx, audit.Entry{Action: "key.activate", Object: keyObject(id), Before: "已加入", After: "加密用"}, func(tx *sql.Tx) error {
		now := s.now().UnixMicro()
		if lacking, err := s.nodesThat(ctx, tx, func(n *keyring.Node) bool { return !n.Knows(id) }); err != nil {
			return err
		} else if len(lacking) > 0 {
			return fault.NewConflict(fmt.Sprintf("这些节点还没有 %d 号密钥：%s", id, strings.Join(lacking, "、")))
		}
		if _, err := tx.ExecContext(ctx, "UPDATE sealing_key SET state = $1, at = $2, clean_at = 0 WHERE state = $3",
			int(keyring.Former), now, int(keyring.Active)); err != nil {
			return err
		}
		return changed(tx.ExecContext(ctx, "UPDATE sealing_key SET state = $1, at = $2 WHERE id = $3 AND state = $4",
			int(keyring.Active), now, int(id), int(keyring.Added)))
	})
}

// RetireKey takes a former key out of use; see keyring.Store.
func (s *Store) RetireKey(ctx context.Context, id byte) error {
	return s.changeKey(ctx, audit.Entry{Action: "key.retire", Object: keyObject(id), Before: "只解密", After: "已停用"}, func(tx *sql.Tx) error {
		if sealing, err := s.nodesThat(ctx, tx, func(n *keyring.Node) bool { return n.Active == id }); err != nil {
			return err
		} else if len(sealing) > 0 {
			return fault.NewConflict(fmt.Sprintf("这些节点还在用 %d 号密钥加密，请稍候或检查它们：%s", id, strings.Join(sealing, "、")))
		}
		return changed(tx.ExecContext(ctx, "UPDATE sealing_key SET state = $1, at = $2 WHERE id = $3 AND state = $4",
			int(keyring.Retired), s.now().UnixMicro(), int(id), int(keyring.Former)))
	})
}

// changed is a fault.Conflict when a statement changed no row.
func changed(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.NewConflict("密钥的状态刚刚有了变化，请重新查看：haochaping key status")
}

func keyObject(id byte) string { return "key:" + strconv.Itoa(int(id)) }

func (s *Store) changeKey(ctx context.Context, entry audit.Entry, change func(tx *sql.Tx) error) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		return s.note(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("change %s: %w", entry.Object, err)
	}
	return nil
}

// Unclean has everything looked through again; see keyring.Store.
func (s *Store) Unclean(ctx context.Context, id byte) error {
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE sealing_key SET clean_at = 0 WHERE id = $1 AND state = $2", int(id), int(keyring.Former))
		return err
	})
}

// SealingNodes are the nodes that are alive; see keyring.Store.
func (s *Store) SealingNodes(ctx context.Context) (nodes []keyring.Node, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		nodes, err = s.nodes(ctx, tx)
		return err
	})
	return nodes, err
}

func (s *Store) nodes(ctx context.Context, tx *sql.Tx) ([]keyring.Node, error) {
	var nodes []keyring.Node
	rows, err := tx.QueryContext(ctx, "SELECT node, known, active, seen_at FROM sealing_node WHERE seen_at >= $1 ORDER BY node", s.aliveSince())
	err = each(rows, err, func(rows *sql.Rows) error {
		var n keyring.Node
		var known string
		var at int64
		err := rows.Scan(&n.Name, &known, &n.Active, &at)
		for id := range strings.SplitSeq(known, ",") {
			if number, err := strconv.ParseUint(id, 10, 8); err == nil {
				n.Known = append(n.Known, byte(number))
			}
		}
		n.SeenAt = moment(at)
		nodes = append(nodes, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the nodes that seal: %w", s.readFault(err))
	}
	return nodes, nil
}

func (s *Store) nodesThat(ctx context.Context, tx *sql.Tx, is func(*keyring.Node) bool) ([]string, error) {
	nodes, err := s.nodes(ctx, tx)
	var names []string
	for i := range nodes {
		if is(&nodes[i]) {
			names = append(names, nodes[i].Name)
		}
	}
	return names, err
}

// NoteNode is a sign of life; see keyring.Store. Nodes that gave none for a day are forgotten by the way.
func (s *Store) NoteNode(ctx context.Context, n keyring.Node) error {
	known := make([]string, len(n.Known))
	for i, id := range n.Known {
		known[i] = strconv.Itoa(int(id))
	}
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, "DELETE FROM sealing_node WHERE seen_at < $1", now.AddDate(0, 0, -1).UnixMicro()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sealing_node (node, known, active, seen_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (node) DO UPDATE SET known = excluded.known, active = excluded.active, seen_at = excluded.seen_at`,
			n.Name, strings.Join(known, ","), int(n.Active), now.UnixMicro())
		return err
	})
}

// LeaveNode is a node's last sign; see keyring.Store.
func (s *Store) LeaveNode(ctx context.Context, name string) error {
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM sealing_node WHERE node = $1", name)
		return err
	})
}
