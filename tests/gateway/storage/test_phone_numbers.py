from gateway.storage import Store, Visibility
from tests.testkit.sample import account, keep_accounts, phone_number


async def test_the_numbers_of_an_account_are_replaced_as_a_whole(store: Store) -> None:
    await keep_accounts(store, account(), account("acc-2"))
    first, second = phone_number("z", owners=("Ada", "Grace")), phone_number("a", e164=None, owners=())
    other = phone_number(account_key="acc-2")
    async with store.write() as transaction:
        await store.phone_numbers.replace_all(transaction, "acc-1", [phone_number("gone")])
        await store.phone_numbers.replace_all(transaction, "acc-2", [other])
        await store.phone_numbers.replace_all(transaction, "acc-1", [first, second])
    assert await store.phone_numbers.of_accounts(Visibility.unrestricted(), ["acc-1"]) == [first, second]
    assert await store.phone_numbers.of_accounts(Visibility.unrestricted()) == [first, second, other]
    assert await store.phone_numbers.get_many(Visibility.unrestricted(), [("acc-1", "gone"), ("acc-1", "a")]) == [
        None,
        second,
    ]
