package main

import "context"

// bank transfers money. It knows that there are transactions, and neither the database nor the cache.
type bank struct {
	accounts     Accounts
	inTx         func(ctx context.Context, do func(ctx context.Context) error) error
	beforeCommit func(ctx context.Context) // where the example looks around; nil outside of it
}

// Transfer takes amount from one account and adds it to another, or returns an error and does neither.
func (b bank) Transfer(ctx context.Context, from, to, amount int64) error {
	return b.inTx(ctx, func(ctx context.Context) error {
		if err := b.accounts.Add(ctx, from, -amount); err != nil {
			return err
		}
		if err := b.accounts.Add(ctx, to, amount); err != nil {
			return err
		}
		if b.beforeCommit != nil {
			b.beforeCommit(ctx)
		}
		payer, err := b.accounts.Account(ctx, from) // as it is in this transaction
		if err != nil {
			return err
		}
		if payer.Balance < 0 {
			return ErrOverdrawn
		}
		return nil
	})
}
